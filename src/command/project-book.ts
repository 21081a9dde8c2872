/**
 * What a run writes into the store under the project's name: its log, the last successes and durations of its tasks,
 * the images that it made. A reload may rename the project: from then on everything is written under the new name,
 * where `why` and the next session find it.
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
  /** Called once, when the first image is named. */
  engineId(): Promise<string>;
}

export class ProjectBook implements AsyncDisposable {
  /** The run's id, which a rename does not change. */
  readonly run: string;
  /** The records of the project by its present name. */
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
  /** The first events of the run and of its latest pass, which every log must contain. */
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

  /** Sets the project's identity. */
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

  /** Writes pending lines of the log synchronously, for an exit that cannot wait. */
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
