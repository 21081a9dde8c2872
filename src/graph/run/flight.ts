/**
 * The tasks that run now. The flight outlives passes: a newer pass finds the runs of an older one here, and joins or
 * ends them.
 * Decides how a task runs and ends: an id never runs twice at once, every start and end is emitted, a success is
 * recorded, a cancelled result never. It knows nothing of passes, which decide what runs and when.
 */
import type { Diagnostic } from "../../diag/diagnostic.ts";
import { diagnosticsOf } from "../../diag/failure.ts";
import type { Event } from "../../event/event.ts";
import type { Clock } from "../../std/clock.ts";
import type { Json, JsonRecord } from "../../std/data/json.ts";
import type { Durations } from "../../store/records/durations.ts";
import type { Records } from "../../store/records/records.ts";
import { outputDigest } from "../inputs.ts";
import { InputsChanged } from "../inputs-changed.ts";
import type { Key } from "../plan/key.ts";
import type { Inputs, ObserveContext, Task, TaskId, Watch, WatchedFiles } from "../task.ts";
import { type ObservationRun, Observations } from "./observations.ts";
import { SessionRecords } from "./session-records.ts";

export type Ended =
  | { readonly outcome: "done"; readonly output: Json; readonly seconds: number }
  | { readonly outcome: "failed"; readonly diagnostics: readonly Diagnostic[]; readonly inputsChanged: boolean }
  | { readonly outcome: "cancelled" };

/** The key and the record's place of a task; observe tasks have none. */
export interface Identity {
  readonly key: Key;
  readonly parts: JsonRecord;
  /** Where the output is stored: in its record, in a private file, or in the memory of this session. */
  readonly kept: "record" | "private" | "session";
}

export interface Running {
  readonly task: Task;
  readonly identity: Identity | undefined;
  /** Set for a run of an observation over files. */
  readonly observation: ObservationRun | undefined;
  /** True once the run was told to stop: its result is then ignored. */
  readonly aborted: boolean;
  /** Never rejects. */
  readonly ended: Promise<Ended>;
  abort(): void;
}

export interface FlightOptions {
  readonly records: Records;
  readonly durations: Durations;
  readonly clock: Clock;
  emit(event: Event): void;
}

export class Flight {
  /** Results of earlier work, including results of this session that are not on the disk yet. */
  readonly records: SessionRecords;
  /** The kept outputs of observations over files. */
  readonly observations = new Observations();
  readonly #options: FlightOptions;
  readonly #running = new Map<TaskId, Running>();
  readonly #byKey = new Map<Key, Running>();
  readonly #counts = new Map<string, number>();
  /** Called at every end, after the task has left the flight. The current pass sets it. */
  onEnd: (running: Running, ended: Ended) => void = () => undefined;
  /** Called with the files of an observation before it reads them. The current pass sets it. */
  onWatch: (files: WatchedFiles) => Promise<void> = async () => undefined;

  constructor(options: FlightOptions) {
    this.#options = options;
    this.records = new SessionRecords(options.records, () => options.clock.now());
  }

  get(id: TaskId): Running | undefined {
    return this.#running.get(id);
  }

  all(): readonly Running[] {
    return [...this.#running.values()];
  }

  /** How many tasks of a kind run. */
  count(kind: string): number {
    return this.#counts.get(kind) ?? 0;
  }

  /** A run of the same work under any id, unless it was told to stop. */
  byKey(key: Key): Running | undefined {
    const running = this.#byKey.get(key);
    return running?.aborted ? undefined : running;
  }

  /** Starts a task. The caller ensures that no task with its id runs. */
  start(task: Task, identity: Identity | undefined, inputs: Inputs): Running {
    const controller = new AbortController();
    const observation =
      task.mode === "observe" && task.over ? this.observations.begin(task, task.over, inputs) : undefined;
    const running: Running = {
      task,
      identity,
      observation,
      get aborted() {
        return controller.signal.aborted;
      },
      ended: this.#run(task, identity, observation, inputs, controller.signal).then((ended) => {
        this.#leave(running);
        this.#keep(observation, ended);
        this.onEnd(running, ended);
        return ended;
      }),
      abort: () => controller.abort(),
    };
    this.#running.set(task.id, running);
    this.#counts.set(task.kind, this.count(task.kind) + 1);
    if (identity) this.#byKey.set(identity.key, running);
    return running;
  }

  /** Records a success in the background: dependent tasks need not wait for the disk. */
  record(task: TaskId, { key, parts, kept }: Identity, output: Json, seconds: number): void {
    const success = { task, key, parts, output, seconds };
    if (kept === "session") this.records.remember(success);
    else void this.records.succeed(kept === "private" ? { ...success, isPrivate: true } : success);
  }

  /** Resolves when all pending records are on the disk. */
  async recorded(): Promise<void> {
    await this.records.written();
    await this.#options.durations.save();
  }

  #leave(running: Running): void {
    const { task, identity } = running;
    this.#running.delete(task.id);
    this.#counts.set(task.kind, this.count(task.kind) - 1);
    if (identity && this.#byKey.get(identity.key) === running) this.#byKey.delete(identity.key);
  }

  #keep(observation: ObservationRun | undefined, ended: Ended): void {
    if (observation === undefined) return;
    if (ended.outcome === "done") this.observations.end(observation, ended.output);
    else if (ended.outcome === "failed") this.observations.fail(observation);
    else this.observations.leave(observation);
  }

  async #run(
    task: Task,
    identity: Identity | undefined,
    observation: ObservationRun | undefined,
    inputs: Inputs,
    signal: AbortSignal,
  ): Promise<Ended> {
    const { clock, emit, durations } = this.#options;
    const started = clock.now();
    emit({ type: "task-started", task: task.id, kind: task.kind });
    const watch = async (files: Watch) => {
      if (observation === undefined) throw new Error(`${task.id} watches files, but is no observation over files`);
      observation.watch = files;
      await this.onWatch({ roots: files.roots, files: files.files });
    };
    const ended = await outcomeOf(task, inputs, { signal, clock, emit, watch, before: observation?.before });
    const seconds = (clock.now() - started) / 1000;
    const event = { type: "task-ended", task: task.id, kind: task.kind, seconds } as const;
    if (ended.outcome === "done") {
      durations.note(task.id, seconds);
      if (identity) this.record(task.id, identity, ended.output, seconds);
      emit({ ...event, outcome: "done", ...shownOutput(task, ended.output) });
      return { ...ended, seconds };
    }
    if (ended.outcome === "failed") {
      if (identity && !ended.inputsChanged) void this.records.fail(task.id, identity.key);
      emit({ ...event, outcome: "failed", diagnostics: ended.diagnostics });
    } else emit({ ...event, outcome: "cancelled" });
    return ended;
  }
}

/**
 * The digest of an output for the log. Only outputs of acts have one, because observed and derived outputs may hold
 * secrets with few possible values.
 */
export function shownOutput(task: Task, output: Json): { readonly output?: string } {
  return task.mode === "act" ? { output: outputDigest(output) } : {};
}

/**
 * Runs a task to its end. A task that was told to stop has no result even where it finished, because its inputs may
 * have changed meanwhile; a task that cannot be interrupted keeps its result.
 */
async function outcomeOf(task: Task, inputs: Inputs, ctx: ObserveContext): Promise<Ended> {
  // Waits one turn, so that the caller has noted the start before the end is reported.
  await Promise.resolve();
  const stubborn = task.mode === "act" && task.uninterruptible === true;
  try {
    const output = await task.run(inputs, ctx);
    return ctx.signal.aborted && !stubborn ? { outcome: "cancelled" } : { outcome: "done", output, seconds: 0 };
  } catch (thrown) {
    if (ctx.signal.aborted) return { outcome: "cancelled" };
    const diagnostics = isForeignAbort(thrown) ? [cutShort(task)] : diagnosticsOf(thrown);
    return { outcome: "failed", diagnostics, inputsChanged: thrown instanceof InputsChanged };
  }
}

/**
 * Whether an abort error came from another signal than the task's own: the task waited for work that another caller
 * cancelled.
 */
function isForeignAbort(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === "AbortError";
}

function cutShort({ id }: Task): Diagnostic {
  const message = `${id} was cut short: what it waited for was cancelled by something else`;
  return { severity: "error", message, passing: true };
}
