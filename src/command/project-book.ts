/**
 * What a run writes into the store under the project's name: its log, what its tasks were last done with, how long they
 * took, which images it made. A reload may give the project another name: from then on everything is written under that
 * one, so that `why` and the next session find it there.
 */
import type { Bus, Stamped } from "../event/bus.ts";
import type { Event } from "../event/event.ts";
import { noteImages } from "../image/own/note.ts";
import type { Durations } from "../store/records/durations.ts";
import type { Records } from "../store/records/records.ts";
import type { RunLog } from "../store/records/run-log.ts";
import type { Store } from "../store/store.ts";

export interface ProjectBookOptions {
  readonly store: Pick<Store, "startRun" | "records" | "durations" | "images">;
  readonly bus: Bus;
  /** The project's stable identity. */
  readonly identity: string;
  /** Asked once, when the first image is named. */
  engineId(): Promise<string>;
}

export class ProjectBook implements AsyncDisposable {
  /** The run's id: it stays. */
  readonly run: string;
  /** Of the project by its present name. */
  readonly records: Records;
  readonly durations: Durations;
  readonly #options: ProjectBookOptions;
  readonly #ends: (() => void)[];
  readonly #notes: AsyncDisposable;
  #identity: string;
  #log: RunLog;
  #records: Records;
  #durations: Durations;
  #closing: Promise<void> = Promise.resolve();
  /** How the run and its latest pass began: what a reader of a log has to find in it. */
  #run: Stamped | undefined;
  #pass: Stamped | undefined;

  constructor(options: ProjectBookOptions) {
    const { store, bus, identity, engineId } = options;
    this.#options = options;
    this.#identity = identity;
    const { id, log } = store.startRun(identity);
    this.run = id;
    this.#log = log;
    this.#records = store.records(identity);
    this.#durations = store.durations(identity);
    this.records = {
      find: (task, key) => this.#records.find(task, key),
      last: (task) => this.#records.last(task),
      failed: (task, key) => this.#records.failed(task, key),
      outputs: (task) => this.#records.outputs(task),
      succeed: (success) => this.#records.succeed(success),
      fail: (task, key) => this.#records.fail(task, key),
    };
    this.durations = {
      of: (task) => this.#durations.of(task),
      note: (task, seconds) => this.#durations.note(task, seconds),
      save: () => this.#durations.save(),
    };
    const notes = noteImages(store.images, () => this.#identity, engineId);
    this.#notes = notes;
    this.#ends = [bus.subscribe((stamped) => this.#append(stamped)), bus.subscribe(({ event }) => notes.hear(event))];
  }

  /** The project has this identity from now on. */
  follow(identity: string): void {
    if (identity === this.#identity) return;
    const { store } = this.#options;
    const [log, durations] = [this.#log, this.#durations];
    this.#closing = Promise.all([this.#closing, log[Symbol.asyncDispose](), durations.save()]).then(() => undefined);
    this.#identity = identity;
    this.#records = store.records(identity);
    this.#durations = store.durations(identity);
    this.#log = store.startRun(identity).log;
    for (const began of [this.#run, this.#pass]) if (began) this.#log.append(began);
  }

  /** Writes what is pending of the log, for an exit that cannot wait. */
  flush(): void {
    this.#log.flush();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const end of this.#ends) end();
    await this.#notes[Symbol.asyncDispose]();
    await this.#closing;
    await this.#log[Symbol.asyncDispose]();
  }

  #append(stamped: Stamped): void {
    const { type }: Event = stamped.event;
    if (type === "run-started") this.#run = stamped;
    if (type === "pass-started") this.#pass = stamped;
    this.#log.append(stamped);
  }
}
