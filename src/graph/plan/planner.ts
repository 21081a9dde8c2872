/**
 * What is to be done about a task once its dependencies are done: use an output that still holds, run it, ask others for
 * it, or, where nothing is to be done, foresee it.
 *
 * An observation over files is kept while nothing that it watches changed; what is recorded is judged in `plan.ts`. Where
 * this machine knows no result, the record sources are asked, one after another. Decides; starts and settles nothing.
 */
import { diagnosticsOf } from "../../diag/failure.ts";
import type { Event, Verdict } from "../../event/event.ts";
import type { Json } from "../../std/data/json.ts";
import type { Outputs } from "../inputs.ts";
import type { PassRequest } from "../request.ts";
import type { Flight, Identity } from "../run/flight.ts";
import type { ActTask, DeriveTask, Inputs, ObserveTask, Task } from "../task.ts";
import { type CompareTrees, taskKey } from "./key.ts";
import { judge, livenessOf, type Question } from "./plan.ts";
import { type RecordSource, sharedKey } from "./record-source.ts";

export type Decision =
  | { readonly do: "run"; readonly verdict: Verdict }
  /** `record`: it is not known to this machine yet. */
  | {
      readonly do: "use";
      readonly verdict: Verdict;
      readonly output: Json;
      readonly record?: { readonly seconds: number };
    }
  /** Nothing is done: what the output will be, as far as it is known. */
  | { readonly do: "foresee"; readonly verdict: Verdict; readonly output: Json }
  /** Others may know a result. Never rejects. */
  | { readonly do: "ask"; answer(signal: AbortSignal): Promise<Decision> };

export interface PlannerOptions {
  readonly sources: readonly RecordSource[];
  /** Says which paths of two recorded trees differ, for `why`. */
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

  /** What a recorded task runs under. */
  identify(task: DeriveTask | ActTask): Identity {
    const inputs = this.#outputs.seenBy(task);
    const parts = task.keyParts(inputs);
    return { key: taskKey(task.kind, parts), parts, kept: placeOf(task, inputs) };
  }

  /** An output of the observation that holds without a look; or, where something that it looks at will be made first. */
  withoutLook(task: ObserveTask): Decision | undefined {
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
    // Nobody has a result for what is yet to be made.
    const key = forced || this.#isForeseen(task) ? undefined : sharedKey(task, inputs);
    if (key === undefined || this.#options.sources.length === 0) return this.#undone(task, verdict);
    return { do: "ask", answer: (signal) => this.#ask(question, key, verdict, signal) };
  }

  /** What is not to be done is foreseen, as far as it changes anything. */
  #undone(task: DeriveTask | ActTask, verdict: Verdict): Decision {
    const runs = !this.#request.planOnly || (task.mode === "derive" && !this.#isForeseen(task));
    if (runs) return { do: "run", verdict };
    const inputs = this.#outputs.seenBy(task);
    const output = task.mode === "act" ? task.foresee?.(inputs, pending(task)) : undefined;
    return { do: "foresee", verdict, output: output ?? pending(task) };
  }

  /** Whether a task depends on something that nobody does, so that its inputs are not what they will be. */
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
        const liveness = livenessOf(question, output);
        if (!liveness.live) continue;
        const proof = `${liveness.proof}, from ${source.name}`;
        return { do: "use", verdict: { kind: "fresh", proof }, output, record: { seconds } };
      }
    }
    return this.#undone(question.task, verdict);
  }

  /** A source that does not answer costs a run, no more. */
  #tell({ name }: RecordSource, thrown: unknown): void {
    const [why] = diagnosticsOf(thrown);
    const text = `results of others are not known: ${name}: ${why?.message ?? "no reason is known"}`;
    this.#options.emit({ type: "notice", level: "warning", text });
  }
}

/** Stands for what only a run can tell. */
function pending({ id }: Task): string {
  return `<result of ${id}>`;
}

function placeOf(task: DeriveTask | ActTask, inputs: Inputs): Identity["kept"] {
  if (task.mode === "act") return "record";
  return (task.lasts?.(inputs) ?? true) ? "private" : "session";
}
