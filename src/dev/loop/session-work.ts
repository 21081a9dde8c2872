/**
 * The two kinds of work of a session. Handling a save decides what it leads to and syncs what can be synced; a pass
 * loads the configuration again where that changed, brings the project to the cluster, and then the containers up to
 * date. A pass whose signal is aborted was superseded, and changes no state of the session any more.
 */
import type { Diagnostic } from "../../diag/diagnostic.ts";
import { diagnosticsOf, Failure, isCancelled } from "../../diag/failure.ts";
import { reasonOf } from "../../diag/print.ts";
import type { Event } from "../../event/event.ts";
import type { WatchedFiles } from "../../graph/task.ts";
import { abortable } from "../../std/async/abortable.ts";
import type { Clock } from "../../std/clock.ts";
import { settledWithin } from "../../std/text/at-most.ts";
import type { Syncers } from "../sync/syncers.ts";
import type { WatchedProject } from "../watch/watched-project.ts";
import type { Again } from "./again.ts";
import type { DevPlace, PassOutcome } from "./dev-project.ts";
import type { Handled, LoopWork } from "./loop.ts";
import { both, everything, isNothing, type Needs, nothing } from "./needs.ts";
import { PendingPaths } from "./pending-paths.ts";
import type { ProjectInForce } from "./project-in-force.ts";
import type { Batch, Pass, PassDone, PassEnd } from "./reducer.ts";
import { SaveWork } from "./save-work.ts";

/** How long a pass waits for its containers to get the synced files; later ones get them after the pass. */
const catchUpMs = 2_000;

export interface SessionWorkOptions {
  readonly held: ProjectInForce;
  readonly watched: WatchedProject;
  readonly again: Again;
  /** Syncers of the places of the project in force. */
  readonly syncers: Syncers<DevPlace>;
  /** Called after a reload: makes the session's own parts of the project again. */
  follow(): Promise<void>;
  readonly busy: LoopWork["busy"];
  readonly clock: Clock;
  readonly emit: (event: Event) => void;
  /** The signal of the session, because sends to containers belong to no single pass. */
  readonly signal: AbortSignal;
}

type Ended = PassDone & { readonly failures: readonly Diagnostic[] };

export class SessionWork implements LoopWork {
  readonly #options: SessionWorkOptions;
  readonly #told = new PendingPaths();

  constructor(options: SessionWorkOptions) {
    this.#options = options;
  }

  busy(last: number, now: number): Promise<boolean> {
    return this.#options.busy(last, now);
  }

  async handle(batch: Batch, underway: Needs, signal: AbortSignal): Promise<Handled> {
    const { held, syncers, clock, emit } = this.#options;
    // After lost events every observation is made again.
    if (batch.lost !== undefined) return { needs: { ...everything, reload: true }, synced: false };
    const save = new SaveWork(syncers, clock, emit, this.#told);
    let { files } = held;
    if (files === undefined || save.rulesMayHaveChanged(batch, underway, files)) files = await held.read(signal);
    return save.handle(batch, underway, { files, print: held.project.print.bind(held.project) }, signal);
  }

  async pass(asked: Pass, signal: AbortSignal): Promise<PassDone> {
    const { again } = this.#options;
    again.begun();
    try {
      const { failures, ...done } = await this.#pass(asked, signal);
      signal.throwIfAborted();
      again.ended(failures);
      const why = reasonOf(failures);
      return why === undefined ? done : { ...done, why };
    } catch (thrown) {
      if (!isCancelled(thrown, signal)) again.ended(diagnosticsOf(thrown));
      throw thrown;
    }
  }

  async #pass(asked: Pass, signal: AbortSignal): Promise<Ended> {
    const { held, watched } = this.#options;
    const { needs, unread } = await this.#reloaded(asked.needs, signal);
    const left = unread.length > 0 ? { ...nothing, reload: true } : nothing;
    if (isNothing(needs)) {
      const failures = unread.length > 0 ? unread : held.complaints;
      return { end: "failed", did: "nothing", owed: left, failures };
    }
    const changes = { paths: this.#told.take(), watch: (files: WatchedFiles) => watched.cover(files) };
    const { end, did, failures = [], places } = await held.project.pass({ ...asked, needs }, changes, signal);
    signal.throwIfAborted();
    if (end === "superseded" || end === "cancelled") return { end: "cancelled", did, failures: [] };
    await this.#bringUpToDate(places, end, signal);
    return {
      end: unread.length > 0 ? "failed" : end,
      did,
      owed: end === "done" ? left : both(left, needs),
      failures: [...unread, ...failures],
    };
  }

  /**
   * Loads the configuration again where that is needed. A refused one leaves nothing to do: its next change is a save
   * of its own.
   * @returns what the project in force needs, and why the configuration could not be read for a cause that may pass
   */
  async #reloaded(asked: Needs, signal: AbortSignal): Promise<{ needs: Needs; unread: readonly Diagnostic[] }> {
    const { held, watched, follow, emit } = this.#options;
    if (!asked.reload) return { needs: asked, unread: [] };
    let isRead = false;
    let unread: readonly Diagnostic[] = [];
    try {
      isRead = await held.reload(signal);
      // An unreadable Dockerfile is reported by the pass.
      if (isRead) await held.read(signal).catch(() => signal.throwIfAborted());
      await watched.retarget();
    } catch (thrown) {
      if (isCancelled(thrown, signal) || !(thrown instanceof Failure)) throw thrown;
      unread = thrown.diagnostics;
    }
    for (const diagnostic of [...unread, ...held.complaints]) emit({ type: "diagnostic", diagnostic });
    if (isRead) await follow();
    signal.throwIfAborted();
    return { needs: { ...(isRead ? both(asked, everything) : asked), reload: false }, unread };
  }

  /** Tells the syncers what the cluster has now, and waits until the containers have what the workspace has. */
  async #bringUpToDate(places: PassOutcome["places"], end: PassEnd, signal: AbortSignal): Promise<void> {
    const { held, syncers, clock } = this.#options;
    const unread = await held.read(signal).then(
      () => undefined,
      (thrown: unknown) => ({ thrown }),
    );
    signal.throwIfAborted();
    const upToDate = syncers.deployed(places, this.#options.signal);
    if (await abortable(settledWithin(upToDate, catchUpMs, clock), signal)) await upToDate;
    else upToDate.catch((thrown: unknown) => this.#complain(thrown));
    // What is in the cluster counts even where files cannot be read; a failed pass has reported them itself.
    if (unread && end !== "failed") throw unread.thrown;
  }

  #complain(thrown: unknown): void {
    const { emit, signal } = this.#options;
    if (isCancelled(thrown, signal)) return;
    for (const diagnostic of diagnosticsOf(thrown)) emit({ type: "diagnostic", diagnostic });
  }
}
