/**
 * A `dev` session: the watcher, the loop, the sync and the streams around one project, from the first pass to the last
 * stream's end. What a pass does and how a project is read are given to it.
 *
 * Watching begins before the first file is hashed, so no edit falls between. A failing first pass ends a session that
 * nobody watches; any later failure leaves it running, and what failed is owed by the next pass. A configuration that
 * cannot be read leaves the one before it in force.
 */
import { watchedOf } from "../build/watched.ts";
import type { Diagnostic } from "../diag/diagnostic.ts";
import { diagnosticsOf } from "../diag/failure.ts";
import { reasonOf } from "../diag/print.ts";
import type { Event } from "../event/event.ts";
import { settledWithin } from "../std/at-most.ts";
import type { Clock } from "../std/clock.ts";
import type { Documents } from "../store/documents.ts";
import type { DevPlace, DevProject } from "./dev-project.ts";
import { gitLock } from "./git-lock.ts";
import { mayHold } from "./look.ts";
import { DevLoop, type Looked } from "./loop.ts";
import { both, everything, isNothing, type Needs, nothing } from "./needs.ts";
import type { ProjectFiles } from "./project-files.ts";
import { ProjectInForce } from "./project-in-force.ts";
import type { Batch, Pass, PassDone } from "./reducer.ts";
import { SaveWork } from "./save-work.ts";
import { serverBack } from "./server-back.ts";
import { Syncer, type SyncerOptions } from "./syncer.ts";
import { isWatched } from "./watch-roots.ts";
import type { FileListener, Watcher, WatchTargets } from "./watcher.ts";

/** How long a pass waits for its containers to hold what was synced; what takes longer goes on without it. */
const catchUpMs = 2_000;

/** Something that lives as long as the session: logs, port-forwards. Started before the first pass. */
export type Stream = (signal: AbortSignal) => AsyncDisposable | Promise<AsyncDisposable>;

export interface SessionOptions {
  readonly project: DevProject;
  readonly documents: Documents;
  /** `notify-watcher.ts`, `poll-watcher.ts`, or a test's. `pruned`: nothing below the directory counts. */
  openWatcher(targets: WatchTargets, listener: FileListener, pruned: (directory: string) => boolean): Promise<Watcher>;
  readonly streams: readonly Stream[];
  /** The way into a container, for tests that have no containers. */
  readonly channel?: SyncerOptions["channel"];
  /** A first pass that fails does not end the session: a person is there to mend it. */
  readonly staysOnFailure: boolean;
  /** Changes wait for `onTrigger`'s call. */
  readonly manual?: { onTrigger(act: () => void): Disposable };
  readonly clock: Clock;
  readonly emit: (event: Event) => void;
}

/** Runs until the signal is aborted. `failed`: the first pass did, and nobody is there to mend it. */
export async function devSession(options: SessionOptions, signal: AbortSignal): Promise<"ended" | "failed"> {
  const { clock, emit, manual, streams } = options;
  const held = new ProjectInForce(options.project);
  /** What has to be done although no file says so. */
  let demanded: Needs = nothing;
  await using stack = new AsyncDisposableStack();

  const demand = (needs: Needs) => {
    demanded = both(demanded, needs);
    loop.nudge();
  };
  const openSyncer = ({ cluster, overlayName }: DevPlace): Syncer =>
    new Syncer({
      ...options,
      cluster,
      overlayName,
      hooks: {
        has: (image) => held.project.hooks?.has(image) ?? false,
        before: async (batch, during) => held.project.hooks?.before(batch, during),
        after: async (batch, during) => held.project.hooks?.after(batch, during),
      },
      context: (image) => held.files?.artifacts.find((a) => a.image === image && a.place !== undefined)?.sources.root,
      trouble: (image) => demand({ ...nothing, artifacts: new Set([image]) }),
    });
  let { place } = held.project;
  let syncer = openSyncer(place);
  stack.defer(() => syncer[Symbol.asyncDispose]());
  /** Number of the newest pass whose result is taken over. */
  let newest = 0;

  const complain = (thrown: unknown) => {
    if (signal.aborted) return;
    for (const diagnostic of diagnosticsOf(thrown)) emit({ type: "diagnostic", diagnostic });
  };
  const pass = async (asked: Pass, stop: AbortSignal): Promise<PassDone> => {
    let { needs } = asked;
    if (needs.reload) {
      const read = await held.reload(stop).catch((thrown: unknown) => {
        if (diagnosticsOf(thrown).some(({ passing }) => passing)) void againWhenBack(stop);
        throw thrown;
      });
      // A Dockerfile that cannot be read is the pass's to tell.
      if (read) await held.read(stop).catch(() => stop.throwIfAborted());
      await retarget();
      if (read) await follow();
      needs = { ...(read ? both(needs, everything) : needs), reload: false };
      for (const diagnostic of held.complaints) emit({ type: "diagnostic", diagnostic });
      // Nothing is owed of a configuration that is refused: its next change is a save of its own.
      if (isNothing(needs)) return { end: "failed", did: "nothing", owed: nothing, ...whyOf(held.complaints) };
    }
    const outcome = await held.project.pass({ ...asked, needs }, stop);
    if (outcome.end === "superseded") return { end: "cancelled", did: "nothing" };
    if (outcome.end === "cancelled") return { end: "cancelled", did: outcome.did };
    if (outcome.end === "done") inVain = 0;
    if (outcome.end === "failed" && outcome.failures?.some(({ passing }) => passing)) void againWhenBack(stop);
    const unread = await readFiles(stop).then(
      () => undefined,
      (thrown: unknown) => ({ thrown }),
    );
    // Reading takes its time: a newer pass may have told meanwhile what the cluster holds.
    if (asked.number > newest) {
      newest = asked.number;
      const upToDate = syncer.deployed(outcome.images, outcome.namespaces, stop);
      if (await settledWithin(upToDate, catchUpMs, clock)) await upToDate;
      else upToDate.catch(complain);
    }
    // What is in the cluster counts also where files cannot be read; a pass that failed has told of them itself.
    if (unread !== undefined && outcome.end !== "failed") throw unread.thrown;
    const owed = outcome.end === "done" ? nothing : needs;
    return { end: outcome.end, did: outcome.did, owed, ...whyOf(outcome.failures ?? []) };
  };
  /** What is made from the project for the session itself is made anew with it. */
  const follow = async () => {
    lock = await gitLock([...held.targets().roots], emit);
    if (held.project.place.id === place.id) return;
    const before = syncer;
    place = held.project.place;
    syncer = openSyncer(place);
    await before[Symbol.asyncDispose]();
  };
  /** What a save came to; while the configuration on the disk is refused, also that another one is in force. */
  const saved = (event: Event) => {
    emit(event);
    const refused = reasonOf(held.complaints);
    if (event.type !== "save" || event.what === "nothing" || refused === undefined || event.why === refused) return;
    emit({ type: "notice", level: "warning", text: `the configuration is still the one from before: ${refused}` });
  };
  /** What failed because the server was away is not left to the next save. */
  let waits = false;
  let inVain = 0;
  const againWhenBack = async (stop: AbortSignal) => {
    if (waits) return;
    waits = true;
    try {
      await serverBack(held.project.place.cluster, clock, inVain++, stop);
    } catch {
      // The session ends, or the way to the server is wrong: that is the next pass's to say.
      return;
    } finally {
      waits = false;
    }
    emit({ type: "notice", level: "warning", text: "the API server answers: what failed is tried again" });
    demand({ ...nothing, render: true });
  };
  const look = async (batch: Batch, underway: Needs, stop: AbortSignal): Promise<Looked> => {
    const extra = demanded;
    demanded = nothing;
    // Lost events leave nothing that can be taken for unchanged.
    if (batch.lost !== undefined) return { needs: both({ ...everything, reload: true }, extra), synced: false };
    const save = new SaveWork(syncer, clock, emit);
    let files = held.files;
    const naming = [...batch.paths].filter((path) => files?.namesManifests(path));
    if (files === undefined || naming.length > 0 || save.rulesMayHaveChanged(batch, underway, files))
      files = await readFiles(stop);
    const unread = naming.length > 0 ? await unreadManifests(naming, files) : [];
    const { project } = held;
    const current = { files, print: project.print.bind(project) };
    const looked = await save.look({ ...batch, paths: new Set([...batch.paths, ...unread]) }, underway, current, stop);
    return { ...looked, needs: both(looked.needs, extra) };
  };

  /**
   * Watches what the changed files name now. Where a render read them already, what they name may have been saved after
   * that render and before it was watched: such manifests count as changed.
   */
  const unreadManifests = async (naming: readonly string[], known: ProjectFiles): Promise<readonly string[]> => {
    const targets = await retarget();
    if (naming.some((path) => known.leftBy(path) === undefined)) return [];
    return targets.files.filter((path) => known.manifest(path) !== undefined && known.leftBy(path) === undefined);
  };

  let watching: WatchTargets = { roots: [], files: [] };
  const retarget = async (): Promise<WatchTargets> => {
    watching = held.targets();
    await watcher.retarget(watching);
    return watching;
  };
  /** Reads the artifacts' own files. What they name and was not watched while it was hashed is hashed once more. */
  const readFiles = async (stop: AbortSignal): Promise<ProjectFiles> => {
    const files = await held.read(stop);
    const unwatched = files.artifacts.filter(({ sources }) => !isWatched(watchedOf(sources), watching));
    if (unwatched.length > 0) {
      await retarget();
      demand({ ...nothing, artifacts: new Set(unwatched.map(({ image }) => image)) });
    }
    return files;
  };

  await held.read(signal).catch(() => undefined);
  let lock = await gitLock([...held.targets().roots], emit);
  const loop = new DevLoop({
    work: { look, pass, busy: (last, now) => lock.busy(last, now) },
    clock,
    emit: saved,
    manual: manual !== undefined,
  });
  const listener: FileListener = {
    changed: (path) => loop.changed(path),
    lost(why) {
      emit({ type: "notice", level: "info", text: why });
      loop.lost(why);
    },
    notice: (text) => emit({ type: "notice", level: "warning", text }),
  };
  const pruned = (directory: string) => held.files !== undefined && !mayHold(directory, held.files);
  watching = held.targets();
  const watcher = stack.use(await options.openWatcher(watching, listener, pruned));
  await held.project.begin?.();
  for (const stream of streams) stack.use(await stream(signal));
  if (manual) stack.use(manual.onTrigger(() => loop.trigger()));

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

function whyOf(failures: readonly Diagnostic[]): { readonly why?: string } {
  const why = reasonOf(failures);
  return why === undefined ? {} : { why };
}

function untilAborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  else signal.addEventListener("abort", () => resolve(), { once: true });
  return promise;
}
