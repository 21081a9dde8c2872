/**
 * A `dev` session: the watcher, the loop, the sync and the streams around one project, from the first pass to the last
 * stream's end. What a pass does and how a project is read are given to it.
 *
 * Watching begins before the first file is hashed, so no edit falls between. A failing first pass ends a session that
 * nobody watches; any later failure leaves it running, and what failed is owed by the next pass. A configuration that
 * cannot be read leaves the one before it in force.
 */
import type { Cluster } from "../cluster/cluster.ts";
import { diagnosticsOf } from "../diag/failure.ts";
import type { Event } from "../event/event.ts";
import type { Clock } from "../std/clock.ts";
import type { Documents } from "../store/documents.ts";
import { gitLock } from "./git-lock.ts";
import type { DeployedImage } from "./layer.ts";
import { mayHold } from "./look.ts";
import { DevLoop, type Looked, type PassDone } from "./loop.ts";
import { both, everything, type Needs, nothing } from "./needs.ts";
import type { Print, ProjectFiles } from "./project-files.ts";
import type { Batch, Pass, PassEnd, SaveKind } from "./reducer.ts";
import { SaveWork } from "./save-work.ts";
import { serverBack } from "./server-back.ts";
import { Syncer, type SyncHooks } from "./syncer.ts";
import type { FileListener, Watcher, WatchTargets } from "./watcher.ts";

/** A project as it was last read, and how it is brought to the cluster. */
export interface DevProject {
  /** What has to be watched, as files are now; known before any file of an artifact is read. */
  targets(): WatchTargets;
  /** Reads the artifacts' own files (Dockerfiles, ignore files) anew. */
  files(signal: AbortSignal): Promise<ProjectFiles>;
  /** The path's value as the artifacts' hashes record it; undefined where nothing is there. */
  print(path: string, signal: AbortSignal): Promise<Print>;
  /**
   * One pass of the graph. It hashes the artifacts that the needs name (all of them for `everything`); for every other
   * one it takes the inputs of its last pass, because the files that changed since are in its containers by sync. A pass
   * that is called while another runs supersedes it; the older one ends as `superseded`.
   */
  pass(pass: Pass, signal: AbortSignal): Promise<PassOutcome>;
  /** The project read anew. @throws Failure where the configuration is wrong. */
  reload(signal: AbortSignal): Promise<DevProject>;
}

export interface PassOutcome {
  readonly end: PassEnd | "superseded";
  readonly did: SaveKind;
  /** Images that are in the cluster now, by artifact; also those of a failed pass that got there. */
  readonly images: ReadonlyMap<string, DeployedImage>;
  /** Namespaces that hold objects of the project. */
  readonly namespaces: readonly string[];
  /** It failed because something was away that may be back. */
  readonly passing?: boolean;
}

/** Something that lives as long as the session: logs, port-forwards. Started before the first pass. */
export type Stream = (signal: AbortSignal) => AsyncDisposable | Promise<AsyncDisposable>;

export interface SessionOptions {
  readonly project: DevProject;
  readonly cluster: Cluster;
  readonly documents: Documents;
  /** `overlay/<project>/<cluster>/<namespace>/<artifact>`. */
  overlayName(image: string): string;
  /** `notify-watcher.ts`, `poll-watcher.ts`, or a test's. `pruned`: nothing below the directory counts. */
  openWatcher(targets: WatchTargets, listener: FileListener, pruned: (directory: string) => boolean): Promise<Watcher>;
  readonly streams: readonly Stream[];
  readonly hooks?: SyncHooks;
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
  let project = options.project;
  let files: ProjectFiles | undefined;
  /** What has to be done although no file says so. */
  let demanded: Needs = nothing;
  await using stack = new AsyncDisposableStack();

  const demand = (needs: Needs) => {
    demanded = both(demanded, needs);
    loop.nudge();
  };
  const syncer: Syncer = new Syncer({
    ...options,
    context: (image) => files?.artifacts.find((a) => a.image === image && a.place !== undefined)?.sources.root,
    trouble: (image) => demand({ ...nothing, artifacts: new Set([image]) }),
  });
  stack.use(syncer);
  const save = new SaveWork(syncer, emit);

  const pass = async (asked: Pass, stop: AbortSignal): Promise<PassDone> => {
    if (asked.needs.reload) {
      project = await project.reload(stop);
      await watcher.retarget(project.targets());
    }
    const needs = asked.needs.reload ? both(asked.needs, everything) : asked.needs;
    const outcome = await project.pass({ ...asked, needs }, stop);
    if (outcome.end === "superseded") return { end: "cancelled", did: "nothing" };
    if (outcome.end === "cancelled") return { end: "cancelled", did: outcome.did };
    if (outcome.end === "done") inVain = 0;
    if (outcome.end === "failed" && outcome.passing) void againWhenBack(stop);
    files = await project.files(stop);
    await syncer.deployed(outcome.images, outcome.namespaces, stop);
    return { end: outcome.end, did: outcome.did };
  };
  /** What failed because the server was away is not left to the next save. */
  let waits = false;
  let inVain = 0;
  const againWhenBack = async (stop: AbortSignal) => {
    if (waits) return;
    waits = true;
    try {
      await serverBack(options.cluster, clock, inVain++, stop);
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
    const naming = [...batch.paths].filter((path) => files?.namesManifests(path));
    if (files === undefined || naming.length > 0 || save.rulesMayHaveChanged(batch, underway, files))
      files = await project.files(stop);
    const unread = naming.length > 0 ? await unreadManifests(naming, files) : [];
    const current = { files, print: project.print.bind(project) };
    const looked = await save.look({ ...batch, paths: new Set([...batch.paths, ...unread]) }, underway, current, stop);
    return { ...looked, needs: both(looked.needs, extra) };
  };

  /**
   * Watches what the changed files name now. Where a render read them already, what they name may have been saved after
   * that render and before it was watched: such manifests count as changed.
   */
  const unreadManifests = async (naming: readonly string[], known: ProjectFiles): Promise<readonly string[]> => {
    const targets = project.targets();
    await watcher.retarget(targets);
    if (naming.some((path) => known.leftBy(path) === undefined)) return [];
    return targets.files.filter((path) => known.manifest(path) !== undefined && known.leftBy(path) === undefined);
  };

  const lock = await gitLock([...project.targets().roots], emit);
  const loop = new DevLoop({
    work: { look, pass, busy: (last, now) => lock.busy(last, now) },
    clock,
    emit,
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
  const pruned = (directory: string) => files !== undefined && !mayHold(directory, files);
  const watcher = stack.use(await options.openWatcher(project.targets(), listener, pruned));
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

function untilAborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  else signal.addEventListener("abort", () => resolve(), { once: true });
  return promise;
}
