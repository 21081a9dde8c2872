/**
 * The store of one user on one machine: the cache (records, private outputs, file indexes, run logs), which can be made
 * again at any time, and the state (documents, locks), which cannot. Only this file knows the folder of each.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Diagnostic } from "../diag/diagnostic.ts";
import type { Change } from "../event/event.ts";
import type { Clock } from "../std/clock.ts";
import { sha256 } from "../std/data/digest.ts";
import { randomHex } from "../std/random.ts";
import { writeAtomic, writeNew } from "./atomic.ts";
import { type Caps, type Collected, collect, usualCaps } from "./collect.ts";
import { type Documents, openDocuments } from "./documents.ts";
import type { Sources } from "./files/sources.ts";
import { type OpenLayout, openLayout } from "./layouts.ts";
import { type LockResult, tryLock } from "./lock.ts";
import { type ActiveRun, activeProjects, declareActive, touchSince } from "./records/active.ts";
import { type Durations, openDurations } from "./records/durations.ts";
import { type ImageBook, openImageBook } from "./records/images.ts";
import { openRecords, type Records } from "./records/records.ts";
import { openRunLog, type RunLog, type RunLogOptions } from "./records/run-log.ts";
import { listRuns, type PastRun } from "./records/run-read.ts";
import { type OpenScratch, openScratch, sweepScratch } from "./scratch.ts";
import { type StoreSize, storeSize } from "./size.ts";
import { describePath } from "./tree/describe.ts";
import type { FileTree } from "./tree/file-tree.ts";
import { markedTree } from "./tree/mark.ts";
import type { Snapshot } from "./tree/snapshot.ts";
import { touchedSince } from "./tree/touched.ts";
import { type Since, Trees } from "./tree/trees.ts";
import { troubleTold } from "./trouble.ts";

export interface StoreOptions {
  readonly cacheDir: string;
  readonly stateDir: string;
  readonly clock: Clock;
  /** Version and build of the program: another build may decide otherwise which files count. */
  readonly program?: string;
  /** Called once for each streak of failed writes to the cache. */
  onTrouble?(diagnostic: Diagnostic): void;
}

export interface Store extends AsyncDisposable {
  /** The secret that seals values (`graph/plan/seal.ts`). */
  readonly secret: string;
  readonly documents: Documents;
  /** The images that devloop made. */
  readonly images: ImageBook;
  /** Opens a private file for bytes that pass through (`scratch.ts`). */
  readonly scratch: OpenScratch;
  /** A folder for the images of one builder's artifact, by any stable name (`layouts.ts`). */
  readonly layout: OpenLayout;
  /**
   * Every input that the sources select, with its type, permission bits and content, as a tree, together with the file
   * statuses that the tree was made from.
   * @param since an earlier snapshot of this session and all paths changed since: then only these paths are read
   */
  snapshot(sources: Sources, signal: AbortSignal, since?: Since): Promise<Snapshot>;
  /** Paths whose status differs now from the snapshot's; relative to its root where they lie below it. */
  touchedSince(snapshot: Snapshot, signal: AbortSignal): Promise<readonly string[]>;
  /** A tree of this session, or of a recorded success, by its digest. */
  tree(digest: string): FileTree | undefined;
  /** The changes between two trees, by digest; undefined where one of them is no longer known. */
  compareTrees(was: string, now: string): readonly Change[] | undefined;
  /** The description of one path as a tree has it, read now; undefined where the path does not exist. */
  describePath(path: string, signal: AbortSignal): Promise<string | undefined>;
  /** The records of one project. `project` is any stable text. */
  records(project: string): Records;
  /** How long the project's tasks took. */
  durations(project: string): Durations;
  /** The projects that other processes work on now; undefined where one of them has not named its project. */
  activeProjects(): Promise<ReadonlySet<string> | undefined>;
  /** A new log for a run of the project. The run's id is its folder's name. */
  startRun(project: string, options?: RunLogOptions): { readonly id: string; readonly log: RunLog };
  /** Earlier runs of the project, newest first. */
  runs(project: string): Promise<readonly PastRun[]>;
  /**
   * Removes what is too old, too much or too large, unless an active run may use it.
   * @returns undefined where the last collection is less than a day old, or another process is collecting
   */
  collect(signal: AbortSignal, caps?: Caps): Promise<Collected | undefined>;
  size(): Promise<StoreSize>;
  /** A lock by name; names are those of documents. */
  tryLock(name: string): Promise<LockResult>;
}

/** Opens the store and makes missing folders. A cache that cannot be written is reported, and no failure. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { cacheDir, stateDir, clock } = options;
  const since = clock.now();
  const trouble = troubleTold((diagnostic) => options.onTrouble?.(diagnostic));
  const touch = touchSince(since, () => clock.now());
  const recordsDir = join(cacheDir, "records");
  const blobsDir = join(cacheDir, "blobs");
  const projectDir = (project: string) => join(cacheDir, "projects", folderName(project));
  const runsDir = (project: string) => join(cacheDir, "runs", folderName(project));
  const secret = await readSecret(join(cacheDir, "seal-key"), trouble);
  const dirs = { index: join(cacheDir, "index"), trees: join(cacheDir, "trees") };
  const trees = new Trees({ dirs, program: options.program ?? "", trouble, touch });
  const scratchDir = join(cacheDir, "scratch");
  await sweepScratch(scratchDir);
  let live: ActiveRun | undefined;
  const documents = openDocuments(join(stateDir, "documents"), (diagnostic) => options.onTrouble?.(diagnostic));
  await trouble.attempt(cacheDir, async () => {
    live = await declareActive(join(cacheDir, "live"), since);
  });
  return {
    secret,
    documents,
    images: openImageBook(documents, cacheDir, () => clock.now()),
    activeProjects: () => activeProjects(join(cacheDir, "live"), live?.name),
    scratch: () => openScratch(scratchDir),
    layout(name) {
      const folder = folderName(name);
      const locks = join(cacheDir, "layout-locks", folder);
      return openLayout(join(cacheDir, "layouts", folder), locks, () => clock.now());
    },
    snapshot: (sources, signal, from) => trees.snapshot(sources, signal, from),
    touchedSince,
    tree: (digest) => trees.find(digest),
    compareTrees: (was, now) => trees.compare(was, now),
    describePath,
    records(project) {
      const place = { recordsDir, blobsDir, projectDir: projectDir(project) };
      return keepingTrees(
        openRecords(place, () => clock.now(), trouble, touch),
        trees,
      );
    },
    durations: (project) => openDurations(join(projectDir(project), "durations"), trouble, touch),
    startRun(project, runOptions) {
      live?.worksOn(project);
      const id = `${new Date(clock.now()).toISOString().replaceAll(":", "-")}-${randomHex(3)}`;
      return { id, log: openRunLog(join(runsDir(project), id), trouble, runOptions) };
    },
    runs: (project) => listRuns(runsDir(project)),
    collect: (signal, caps = usualCaps) => collect({ cacheDir, stateDir, caps, now: clock.now(), signal }),
    size: () => storeSize(cacheDir, stateDir),
    tryLock: (name) => tryLock(join(stateDir, "locks", ...name.split("/").map(encodeURIComponent))),
    async [Symbol.asyncDispose]() {
      await trees.close();
      await live?.[Symbol.asyncDispose]();
    },
  };
}

/** Records that keep the trees of each success, because later keys are compared with them. */
function keepingTrees(records: Records, trees: Trees): Records {
  return {
    ...records,
    async succeed(success) {
      const used = Object.values(success.parts).flatMap((part) => markedTree(part) ?? []);
      const [recorded] = await Promise.all([records.succeed(success), ...used.map((digest) => trees.keep(digest))]);
      return recorded;
    },
  };
}

/** A short and safe folder name for a project's id, which may hold any character. */
function folderName(project: string): string {
  return sha256(project).slice(0, 24);
}

/**
 * The secret, made on first use. Of two processes that make it at once, both use the one written first. Where it cannot
 * be written, it lasts as long as this process: sealed parts of keys then differ in the next one.
 */
async function readSecret(path: string, trouble: ReturnType<typeof troubleTold>): Promise<string> {
  const known = await knownSecret(path);
  if (known !== undefined) return known;
  const fresh = randomHex(32);
  await trouble.attempt(path, async () => {
    // An existing file without a valid secret is damaged and replaced.
    if (!(await writeNew(path, `${fresh}\n`)) && (await knownSecret(path)) === undefined)
      await writeAtomic(path, `${fresh}\n`);
  });
  return (await knownSecret(path)) ?? fresh;
}

async function knownSecret(path: string): Promise<string | undefined> {
  const text = await readFile(path, "utf8").catch(() => "");
  return /^[0-9a-f]{64}\n$/.test(text) ? text.trim() : undefined;
}
