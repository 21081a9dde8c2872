/**
 * The store of one machine's user: the cache (records, private outputs, file indexes, run logs), which can be made again
 * at any time, and the state (documents, locks), which cannot. This is the one place that knows where each thing lies.
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
import { type LockResult, tryLock } from "./lock.ts";
import { type Durations, openDurations } from "./records/durations.ts";
import { type ImageBook, openImageBook } from "./records/images.ts";
import { declareLive, type LiveRun, projectsAlive, touchSince } from "./records/live.ts";
import { openRecords, type Records } from "./records/records.ts";
import { openRunLog, type RunLog, type RunLogOptions } from "./records/run-log.ts";
import { listRuns, type PastRun } from "./records/run-read.ts";
import { type OpenScratch, openScratch, sweepScratch } from "./scratch.ts";
import { type StoreSize, storeSize } from "./size.ts";
import { describePath } from "./tree/describe.ts";
import type { FileTree } from "./tree/file-tree.ts";
import type { Look } from "./tree/look.ts";
import { markedTree } from "./tree/mark.ts";
import { touchedSince } from "./tree/touched.ts";
import { type Since, Trees } from "./tree/trees.ts";
import { troubleTold } from "./trouble.ts";

export interface StoreOptions {
  readonly cacheDir: string;
  readonly stateDir: string;
  readonly clock: Clock;
  /** Version and build of the program: another one may judge by other rules what counts. */
  readonly program?: string;
  /** Told once for each streak of writes that the cache could not take. */
  onTrouble?(diagnostic: Diagnostic): void;
}

export interface Store extends AsyncDisposable {
  /** The secret that seals values (`graph/plan/seal.ts`). */
  readonly secret: string;
  readonly documents: Documents;
  /** The images that devloop made. */
  readonly images: ImageBook;
  /** A private file for bytes that pass through (`scratch.ts`). */
  readonly scratch: OpenScratch;
  /**
   * Every input that the sources take in, with its type, permission bits and content, as a tree; and the statuses that
   * this is true of.
   * @param since a look of this session, and all that changed since: then only that is looked at
   */
  look(sources: Sources, signal: AbortSignal, since?: Since): Promise<Look>;
  /** Paths whose status is not what the look found, by fresh statuses; relative to its root where they are below it. */
  touchedSince(look: Look, signal: AbortSignal): Promise<readonly string[]>;
  /** A tree of this session, or of a recorded success, by its digest. */
  tree(digest: string): FileTree | undefined;
  /** What changed between two trees, by digest; undefined where one of them is not known any more. */
  compareTrees(was: string, now: string): readonly Change[] | undefined;
  /** What a tree's record says of one path, read anew; undefined where nothing is there. */
  describePath(path: string, signal: AbortSignal): Promise<string | undefined>;
  /** Records as one project sees them. `project` is any stable text. */
  records(project: string): Records;
  /** How long the project's tasks take. */
  durations(project: string): Durations;
  /** The projects that other processes work on now; undefined where one of them does not say on which. */
  projectsAlive(): Promise<ReadonlySet<string> | undefined>;
  /** A new log for a run of the project. The run's id is its folder's name. */
  startRun(project: string, options?: RunLogOptions): { readonly id: string; readonly log: RunLog };
  /** Earlier runs of the project, newest first. */
  runs(project: string): Promise<readonly PastRun[]>;
  /**
   * Removes what is too old, too much or too large, unless a run that is alive may use it.
   * @returns undefined where it was done less than a day ago, or another process is at it
   */
  collect(signal: AbortSignal, caps?: Caps): Promise<Collected | undefined>;
  size(): Promise<StoreSize>;
  /** A lock by name, as documents are named. */
  tryLock(name: string): Promise<LockResult>;
}

/** Opens the store, making its folders where they lack. A cache that cannot be written is told of, never fatal. */
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
  let live: LiveRun | undefined;
  const documents = openDocuments(join(stateDir, "documents"), (diagnostic) => options.onTrouble?.(diagnostic));
  await trouble.attempt(cacheDir, async () => {
    live = await declareLive(join(cacheDir, "live"), since);
  });
  return {
    secret,
    documents,
    images: openImageBook(documents, cacheDir, () => clock.now()),
    projectsAlive: () => projectsAlive(join(cacheDir, "live"), live?.name),
    scratch: () => openScratch(scratchDir),
    look: (sources, signal, from) => trees.look(sources, signal, from),
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

/** A success is compared with later ones: the trees that it was made from are kept with it. */
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

/** A project's id can hold anything; its folder is short and safe. */
function folderName(project: string): string {
  return sha256(project).slice(0, 24);
}

/**
 * The secret, made on first use. Two processes that make it at once agree on the first one written. Where it cannot be
 * kept, it lasts as long as this process: sealed parts then look changed next time.
 */
async function readSecret(path: string, trouble: ReturnType<typeof troubleTold>): Promise<string> {
  const known = await knownSecret(path);
  if (known !== undefined) return known;
  const fresh = randomHex(32);
  await trouble.attempt(path, async () => {
    // A file that is there and is no secret was damaged: replace it.
    if (!(await writeNew(path, `${fresh}\n`)) && (await knownSecret(path)) === undefined)
      await writeAtomic(path, `${fresh}\n`);
  });
  return (await knownSecret(path)) ?? fresh;
}

async function knownSecret(path: string): Promise<string | undefined> {
  const text = await readFile(path, "utf8").catch(() => "");
  return /^[0-9a-f]{64}\n$/.test(text) ? text.trim() : undefined;
}
