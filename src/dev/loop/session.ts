/**
 * A `dev` session: the watcher, the loop, the sync and the streams around one project, from the first pass to the end
 * of the last stream. Passes and the loading of projects are given by the caller.
 * Watching begins before the first file is hashed, so that no edit is missed. A failed first pass ends a session that
 * nobody watches; a later failure does not, and the next pass includes the failed work. A configuration that cannot be
 * read leaves the previous one in force.
 */
import { diagnosticsOf } from "../../diag/failure.ts";
import { reasonOf } from "../../diag/print.ts";
import type { Event } from "../../event/event.ts";
import type { Clock } from "../../std/clock.ts";
import type { Documents } from "../../store/documents.ts";
import { Syncer, type SyncerOptions } from "../sync/syncer.ts";
import { Syncers } from "../sync/syncers.ts";
import { isEditorFile } from "../watch/editor-files.ts";
import { gitLock } from "../watch/git-lock.ts";
import { WatchedProject } from "../watch/watched-project.ts";
import type { FileListener, Watcher, WatchTargets } from "../watch/watcher.ts";
import { Again } from "./again.ts";
import type { DevPlace, DevProject } from "./dev-project.ts";
import { DevLoop } from "./loop.ts";
import { nothing } from "./needs.ts";
import { ProjectInForce } from "./project-in-force.ts";
import { mayHold } from "./read-changes.ts";
import { serverBack } from "./server-back.ts";
import { SessionWork } from "./session-work.ts";

/** Something that lasts as long as the session: logs, port-forwards. Started before the first pass. */
export type Stream = (signal: AbortSignal) => AsyncDisposable | Promise<AsyncDisposable>;

export interface SessionOptions {
  readonly project: DevProject;
  readonly documents: Documents;
  /** `notify-watcher.ts`, `poll-watcher.ts`, or a test's. `pruned`: nothing below the directory counts. */
  openWatcher(targets: WatchTargets, listener: FileListener, pruned: (directory: string) => boolean): Promise<Watcher>;
  /** Whether the path is a file that the session itself prints to, whose writes are no saves. */
  isOwnOutput?(path: string): boolean;
  readonly streams: readonly Stream[];
  /** The connection to a container, for tests without containers. */
  readonly channel?: SyncerOptions["channel"];
  /** Whether the session survives a failed first pass, because a person can repair the project. */
  readonly staysOnFailure: boolean;
  /** Changes wait for `onTrigger`'s call. */
  readonly manual?: { onTrigger(act: () => void): Disposable };
  readonly clock: Clock;
  readonly emit: (event: Event) => void;
}

/** Runs until the signal is aborted. `failed`: the first pass failed, and the session does not survive that. */
export async function devSession(options: SessionOptions, signal: AbortSignal): Promise<"ended" | "failed"> {
  const { clock, emit, manual, streams } = options;
  const held = new ProjectInForce(options.project);
  await using stack = new AsyncDisposableStack();

  const watched = new WatchedProject(held);
  const openSyncer = (place: DevPlace): Syncer => {
    // A reload may have changed what the project says of a place that it still deploys to.
    const now = () => held.project.places.find(({ id }) => id === place.id) ?? place;
    return new Syncer({
      ...options,
      cluster: place.cluster,
      overlayName: (image) => now().overlayName(image),
      hooks: {
        has: (image) => now().hooks?.has(image) ?? false,
        before: async (batch, during) => now().hooks?.before(batch, during),
        after: async (batch, during) => now().hooks?.after(batch, during),
      },
      context: (image) => held.files?.artifacts.find((a) => a.image === image && a.place !== undefined)?.sources.root,
      trouble: (image) => loop.demand({ ...nothing, artifacts: new Set([image]) }),
    });
  };
  const hasHooks = (image: string) => held.project.places.some(({ hooks }) => hooks?.has(image));
  const syncers = stack.use(new Syncers<DevPlace>({ open: openSyncer, hasHooks }));
  await syncers.follow(held.project.places);
  /** The session's own parts of the project are made again after a reload. */
  const follow = async () => {
    lock = await gitLock([...held.targets().roots], emit);
    await syncers.follow(held.project.places);
  };
  const again = new Again({
    clock,
    answers: async (during) => {
      await held.project.answers?.(during);
      await Promise.all(held.project.places.map(({ cluster }) => serverBack(cluster, clock, during)));
    },
    again() {
      emit({ type: "notice", level: "warning", text: "what failed is tried again" });
      loop.demand({ ...nothing, pass: true }, true);
    },
  });
  stack.use(again);
  /**
   * The event of a save's result; while the configuration on the disk is refused, also that another one is in force.
   */
  const saved = (event: Event) => {
    emit(event);
    const refused = reasonOf(held.complaints);
    if (event.type !== "save" || event.what === "nothing" || refused === undefined || event.why === refused) return;
    emit({ type: "notice", level: "warning", text: `the configuration is still the one from before: ${refused}` });
  };

  await held.read(signal).catch(() => undefined);
  let lock = await gitLock([...held.targets().roots], emit);
  const work = new SessionWork({
    held,
    watched,
    again,
    syncers,
    follow,
    busy: (last, now) => lock.busy(last, now),
    clock,
    emit,
    signal,
  });
  const loop = new DevLoop({ work, clock, emit: saved, manual: manual !== undefined });
  const listener: FileListener = {
    changed: (path) => {
      if (options.isOwnOutput?.(path)) return;
      if (!isEditorFile(path)) held.project.heard(path);
      loop.changed(path);
    },
    lost(why) {
      emit({ type: "notice", level: "info", text: why });
      loop.lost(why);
    },
    notice: (text) => emit({ type: "notice", level: "warning", text }),
  };
  const pruned = (directory: string) => held.files !== undefined && !mayHold(directory, held.files);
  stack.use(await watched.open((targets) => options.openWatcher(targets, listener, pruned)));
  await held.project.begin?.();
  for (const stream of streams) stack.use(await stream(signal));
  if (manual) stack.use(manual.onTrigger(() => loop.trigger()));

  // No event told of what was written before its files were watched.
  for (const path of held.project.rewritten?.() ?? []) loop.changed(path);
  const ended = untilAborted(signal);
  const first = await Promise.race([loop.start(), ended.then(() => "cancelled" as const)]);
  if (first === "failed" && !options.staysOnFailure) {
    await loop.stop();
    return "failed";
  }
  if (!signal.aborted) emit({ type: "watching" });
  await ended;
  await loop.stop().catch((thrown: unknown) => {
    for (const diagnostic of diagnosticsOf(thrown)) emit({ type: "diagnostic", diagnostic });
  });
  return "ended";
}

function untilAborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  else signal.addEventListener("abort", () => resolve(), { once: true });
  return promise;
}
