/**
 * One `dev` session for each module of a project in one cluster and namespace. A second one refuses and names the first,
 * or ends it with `--takeover`: two loops that repair each other's changes would never come to rest. Sessions for
 * modules that have nothing to do with each other run side by side. What was taken is kept to the end of the session,
 * also where a reload leads elsewhere, because what was deployed is cleaned up then.
 */
import { Failure } from "../../diag/failure.ts";
import type { Event } from "../../event/event.ts";
import type { Clock } from "../../std/clock.ts";
import { sha256 } from "../../std/data/digest.ts";
import type { LockResult } from "../../store/lock.ts";

/** Where modules are deployed to: the project's stable identity, the cluster's, the namespace. */
export interface LockedPlace {
  readonly project: string;
  readonly cluster: string;
  readonly namespace: string;
}

/** Modules of one place, by their ids. */
export interface LockedModules extends LockedPlace {
  readonly modules: readonly string[];
}

export interface ModuleLocksOptions {
  tryLock(name: string): Promise<LockResult>;
  /** Other sessions are ended. */
  readonly takeover: boolean;
  /** Asks a process to end; one that has ended by itself is no error. @throws Failure where it is somebody else's */
  end(pid: number): void;
  readonly clock: Clock;
  readonly emit: (event: Event) => void;
}

/** A session that cleans up may take its time. */
const takeoverMs = 90_000;
const lookMs = 100;

export class ModuleLocks implements AsyncDisposable {
  readonly #options: ModuleLocksOptions;
  readonly #held = new Map<string, AsyncDisposable>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: ModuleLocksOptions) {
    this.#options = options;
  }

  /**
   * Takes the locks of these modules, as far as they are not held yet: all of them, or none that was not held before.
   * @throws Failure where another session has one of them and is not to be ended, or does not end
   */
  take(wanted: readonly LockedModules[], signal: AbortSignal): Promise<void> {
    const taken = this.#turn.then(() => this.#take(wanted, signal));
    this.#turn = taken.catch(() => undefined);
    return taken;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#turn;
    for (const lock of [...this.#held.values()].reverse()) await lock[Symbol.asyncDispose]();
    this.#held.clear();
  }

  async #take(wanted: readonly LockedModules[], signal: AbortSignal): Promise<void> {
    await using taken = new AsyncDisposableStack();
    const names = new Map<string, AsyncDisposable>();
    const all = wanted.flatMap(({ modules, ...place }) => modules.map((module) => ({ module, place })));
    // All sessions take them in one order, so that two that start at once do not each end up with a part.
    for (const { module, place } of all.sort((a, b) => compare(orderOf(a), orderOf(b)))) {
      const name = lockName(place, module);
      if (this.#held.has(name) || names.has(name)) continue;
      const whose = all.length > 1 ? `the module ${module} of this project` : "this project";
      names.set(name, taken.use(await this.#one(name, `${whose} in the namespace ${place.namespace}`, signal)));
    }
    taken.move();
    for (const [name, lock] of names) this.#held.set(name, lock);
  }

  async #one(name: string, whose: string, signal: AbortSignal): Promise<AsyncDisposable> {
    const { tryLock, takeover, end, clock, emit } = this.#options;
    const deadline = clock.now() + takeoverMs;
    for (let told = false; ; told = true) {
      const result = await tryLock(name);
      if (result.held) return result.lock;
      const who = result.pid === undefined ? "another process" : `process ${result.pid}`;
      if (!takeover || result.pid === undefined)
        throw new Failure({
          severity: "error",
          message: `${who} is already running dev for ${whose}`,
          suggestion: "end it first, or take its place with --takeover",
        });
      if (!told) {
        emit({ type: "notice", level: "warning", text: `${who} is ended, and its place is taken` });
        end(result.pid);
      }
      if (clock.now() > deadline) throw new Failure(`${who} did not end within ${takeoverMs / 1000} s`);
      await clock.sleep(lookMs, signal);
    }
  }
}

function lockName({ project, cluster, namespace }: LockedPlace, module: string): string {
  return `session/${sha256(`${project} ${module}`).slice(0, 32)}/${cluster}/${namespace}`;
}

function orderOf({ module, place }: { readonly module: string; readonly place: LockedPlace }): string {
  return [module, place.cluster, place.namespace].join("\n");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
