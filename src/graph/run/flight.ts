/**
 * The tasks that run now. It outlives passes: a newer pass finds here what an older one began, and joins or ends it.
 *
 * Decides how a task runs and how it ends: the same id never twice at once, every start and end told, success recorded,
 * a cancelled result never. It knows nothing of passes; who runs what, and when, is theirs.
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
import { type Look, Observations } from "./observations.ts";
import { SessionRecords } from "./session-records.ts";

export type Ended =
  | { readonly outcome: "done"; readonly output: Json; readonly seconds: number }
  | { readonly outcome: "failed"; readonly diagnostics: readonly Diagnostic[]; readonly inputsChanged: boolean }
  | { readonly outcome: "cancelled" };

/** What a task that is recorded runs under; absent for an observe task. */
export interface Identity {
  readonly key: Key;
  readonly parts: JsonRecord;
  /** Where its output is kept: in its record, in a private file, or in the memory of this session. */
  readonly kept: "record" | "private" | "session";
}

export interface Running {
  readonly task: Task;
  readonly identity: Identity | undefined;
  /** Of an observation over files. */
  readonly look: Look | undefined;
  /** Set once it was told to stop; its result counts no more. */
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
  /** What was done before, also in this session and not yet on the disk. */
  readonly records: SessionRecords;
  /** What was looked at in this session. */
  readonly observations = new Observations();
  readonly #options: FlightOptions;
  readonly #running = new Map<TaskId, Running>();
  readonly #byKey = new Map<Key, Running>();
  readonly #counts = new Map<string, number>();
  /** Told of every end, after the task has left the flight. The pass in charge sets it. */
  onEnd: (running: Running, ended: Ended) => void = () => undefined;
  /** Told what an observation is about to look at. The pass in charge sets it. */
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

  /** A run of the same work, under whatever id, that will give a result. */
  byKey(key: Key): Running | undefined {
    const running = this.#byKey.get(key);
    return running?.aborted ? undefined : running;
  }

  /** Starts a task. The caller has made sure that none with its id runs. */
  start(task: Task, identity: Identity | undefined, inputs: Inputs): Running {
    const controller = new AbortController();
    const look = task.mode === "observe" && task.over ? this.observations.begin(task, task.over, inputs) : undefined;
    const running: Running = {
      task,
      identity,
      look,
      get aborted() {
        return controller.signal.aborted;
      },
      ended: this.#run(task, identity, look, inputs, controller.signal).then((ended) => {
        this.#leave(running);
        this.#keep(look, ended);
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

  /** Keeps a success in the background: what depends on it need not wait for the disk. */
  record(task: TaskId, { key, parts, kept }: Identity, output: Json, seconds: number): void {
    const success = { task, key, parts, output, seconds };
    if (kept === "session") this.records.remember(success);
    else void this.records.succeed(kept === "private" ? { ...success, isPrivate: true } : success);
  }

  /** Resolves when everything that was to be recorded is on the disk. */
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

  #keep(look: Look | undefined, ended: Ended): void {
    if (look === undefined) return;
    if (ended.outcome === "done") this.observations.end(look, ended.output);
    else if (ended.outcome === "failed") this.observations.fail(look);
    else this.observations.leave(look);
  }

  async #run(
    task: Task,
    identity: Identity | undefined,
    look: Look | undefined,
    inputs: Inputs,
    signal: AbortSignal,
  ): Promise<Ended> {
    const { clock, emit, durations } = this.#options;
    const started = clock.now();
    emit({ type: "task-started", task: task.id, kind: task.kind });
    const watch = async (files: Watch) => {
      if (look === undefined) throw new Error(`${task.id} watches files, but is no observation over files`);
      look.watch = files;
      await this.onWatch({ roots: files.roots, files: files.files });
    };
    const ended = await outcomeOf(task, inputs, { signal, clock, emit, watch, before: look?.before });
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

/** Only what an act gives has its digest in the log: what is observed or derived may hold secrets, and few of them. */
export function shownOutput(task: Task, output: Json): { readonly output?: string } {
  return task.mode === "act" ? { output: outputDigest(output) } : {};
}

/**
 * Runs a task to its end. One that was told to stop has no result even where it came to one: its inputs may have changed
 * under it. Only a task that cannot be interrupted finished what it was asked to do.
 */
async function outcomeOf(task: Task, inputs: Inputs, ctx: ObserveContext): Promise<Ended> {
  // A turn later: whoever starts it has noted the start before anything can end.
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

/** An abort that is none of the task's own: something that it waited for was another's to cancel. */
function isForeignAbort(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === "AbortError";
}

function cutShort({ id }: Task): Diagnostic {
  const message = `${id} was cut short: what it waited for was cancelled by something else`;
  return { severity: "error", message, passing: true };
}
