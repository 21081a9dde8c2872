/**
 * Decides what to do about a task once its dependencies are done: use a valid output, run the task, ask record sources
 * for a result, or, in a plan without runs, foresee its output.
 * An observation over files keeps its output while nothing that it watches changed; `plan.ts` judges records. Where
 * this machine has no result, the record sources are asked, one after another. Starts and settles nothing.
 */
import { diagnosticsOf } from "../../diag/failure.ts";
import type { Event, Verdict } from "../../event/event.ts";
import type { Json } from "../../std/data/json.ts";
import type { Outputs } from "../inputs.ts";
import type { PassRequest } from "../request.ts";
import type { Flight, Identity } from "../run/flight.ts";
import type { ActTask, DeriveTask, Inputs, ObserveTask, Task } from "../task.ts";
import { type CompareTrees, taskKey } from "./key.ts";
import { judge, type Question, validityOf } from "./plan.ts";
import { type RecordSource, sharedKey } from "./record-source.ts";

export type Decision =
  | { readonly do: "run"; readonly verdict: Verdict }
  /** `record`: the output came from a record source and is not on this machine yet. */
  | {
      readonly do: "use";
      readonly verdict: Verdict;
      readonly output: Json;
      readonly record?: { readonly seconds: number };
    }
  /** The task does not run; `output` is the expected one as far as it is known. */
  | { readonly do: "foresee"; readonly verdict: Verdict; readonly output: Json }
  /** Record sources may have a result. `answer` never rejects. */
  | { readonly do: "ask"; answer(signal: AbortSignal): Promise<Decision> };

export interface PlannerOptions {
  readonly sources: readonly RecordSource[];
  /** The paths that differ between two recorded trees, for `why`. */
  readonly compareTrees?: CompareTrees;
  emit(event: Event): void;
}

export class Planner {
  readonly #request: PassRequest;
  readonly #flight: Flight;
  readonly #outputs: Outputs;
  readonly #options: PlannerOptions;

  constructor(request: PassRequest, flight: Flight, outputs: Outputs, options: PlannerOptions) {
    this.#request = request;
    this.#flight = flight;
    this.#outputs = outputs;
    this.#options = options;
  }

  /** The key and the record's place of a task. */
  identify(task: DeriveTask | ActTask): Identity {
    const inputs = this.#outputs.seenBy(task);
    const parts = task.keyParts(inputs);
    return { key: taskKey(task.kind, parts), parts, kept: placeOf(task, inputs) };
  }

  /**
   * The output of an observation that need not run: a kept one, or a foreseen one where a task before it does not run.
   */
  withoutRun(task: ObserveTask): Decision | undefined {
    if (this.#isForeseen(task)) return { do: "foresee", verdict: { kind: "observe" }, output: pending(task) };
    const kept = this.#flight.observations.holding(task, this.#outputs.seenBy(task));
    if (kept === undefined) return undefined;
    const absorbed = kept.absorbed > 0 ? { absorbed: kept.absorbed } : {};
    return { do: "use", verdict: { kind: "kept", ...absorbed }, output: kept.output };
  }

  decide(task: DeriveTask | ActTask, identity: Identity): Decision {
    const { records } = this.#flight;
    const inputs = this.#outputs.seenBy(task);
    const forced = this.#request.forced?.(task.id) ?? false;
    const question: Question = { task, ...identity, inputs, forced };
    const { verdict, reuse } = judge(question, records, this.#options.compareTrees);
    if (reuse) return { do: "use", verdict, output: reuse.output };
    // Record sources have no result for inputs that do not exist yet.
    const key = forced || this.#isForeseen(task) ? undefined : sharedKey(task, inputs);
    if (key === undefined || this.#options.sources.length === 0) return this.#undone(task, verdict);
    return { do: "ask", answer: (signal) => this.#ask(question, key, verdict, signal) };
  }

  /** The decision where no output is known: run the task, or foresee its output in a plan without runs. */
  #undone(task: DeriveTask | ActTask, verdict: Verdict): Decision {
    const runs = !this.#request.planOnly || (task.mode === "derive" && !this.#isForeseen(task));
    if (runs) return { do: "run", verdict };
    const inputs = this.#outputs.seenBy(task);
    const output = task.mode === "act" ? task.foresee?.(inputs, pending(task)) : undefined;
    return { do: "foresee", verdict, output: output ?? pending(task) };
  }

  /** Whether a task depends on foreseen outputs, so that its inputs are not the final ones. */
  #isForeseen(task: Task): boolean {
    if (task.mode === "observe" && task.onForeseen) return false;
    return task.deps.some((dep) => this.#outputs.isForeseen(dep));
  }

  async #ask(question: Question, key: string, verdict: Verdict, signal: AbortSignal): Promise<Decision> {
    const { id, kind } = question.task;
    for (const source of this.#options.sources) {
      const outputs = await source.find({ task: id, kind, key }, signal).catch((thrown: unknown) => {
        if (!signal.aborted) this.#tell(source, thrown);
        return [];
      });
      for (const { output, seconds } of outputs) {
        const validity = validityOf(question, output);
        if (!validity.valid) continue;
        const proof = `${validity.proof}, from ${source.name}`;
        return { do: "use", verdict: { kind: "fresh", proof }, output, record: { seconds } };
      }
    }
    return this.#undone(question.task, verdict);
  }

  /** A failing record source only costs a run, so it is a warning. */
  #tell({ name }: RecordSource, thrown: unknown): void {
    const [why] = diagnosticsOf(thrown);
    const text = `results of others are not known: ${name}: ${why?.message ?? "no reason is known"}`;
    this.#options.emit({ type: "notice", level: "warning", text });
  }
}

/** The text in place of an output that only a run can give. */
function pending({ id }: Task): string {
  return `<result of ${id}>`;
}

function placeOf(task: DeriveTask | ActTask, inputs: Inputs): Identity["kept"] {
  if (task.mode === "act") return "record";
  return (task.lasts?.(inputs) ?? true) ? "private" : "session";
}
