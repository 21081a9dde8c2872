/**
 * Keeps the cache within its limits: files unused for long are removed first, then what a task or a project has too
 * many of, then the longest unused until the size fits.
 * Files written or used since the oldest active run began are never removed, whatever the limits say. A file's time of
 * use is its modification time, which is read again directly before the file is removed. State (documents, locks) is
 * not collected, except for temporary files of killed writes. A removed file is made again when it is needed; no other
 * file refers to it.
 */
import { readdir, rm, rmdir, stat, utimes } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { isTemporary, writeAtomic } from "./atomic.ts";
import { tryLock } from "./lock.ts";
import { oldestActive } from "./records/active.ts";
import { taskOfFile } from "./records/records.ts";

export interface Caps {
  readonly bytes: number;
  readonly ageMs: number;
  /** How many keys of one task are kept. */
  readonly recordsPerTask: number;
  /** How many logs of one project are kept. */
  readonly runsPerProject: number;
  /** Shortest time between two collections. */
  readonly everyMs: number;
}

const hourMs = 60 * 60 * 1000;
const dayMs = 24 * hourMs;

export const usualCaps: Caps = {
  bytes: 1024 * 1024 * 1024,
  ageMs: 30 * dayMs,
  recordsPerTask: 32,
  runsPerProject: 100,
  everyMs: dayMs,
};

export interface Collected {
  readonly files: number;
  readonly bytes: number;
}

export interface Collection {
  readonly cacheDir: string;
  /** Folder of the state, of which only temporary files of ended writes are removed. */
  readonly stateDir: string;
  readonly caps: Caps;
  readonly now: number;
  readonly signal: AbortSignal;
}

interface Entry {
  readonly path: string;
  readonly bytes: number;
  readonly usedAt: number;
  /**
   * The group whose `max` most recently used members are kept, and the member that the entry belongs to; absent: only
   * age and size decide.
   */
  readonly group: { readonly name: string; readonly member: string; readonly max: number } | undefined;
}

/**
 * Removes files beyond the limits. A file that cannot be removed is left for the next collection.
 * @returns undefined where no collection is due, or another process is collecting
 */
export async function collect({ cacheDir, stateDir, caps, now, signal }: Collection): Promise<Collected | undefined> {
  const marker = join(cacheDir, "collected");
  const age = now - (await usedAt(marker));
  // A negative age means that the clock was set back: the collection then runs at once.
  if (age >= 0 && age < caps.everyMs) return undefined;
  const taken = await tryLock(join(cacheDir, "collecting")).catch(() => undefined);
  if (!taken?.held) return undefined;
  await using _lock = taken.lock;
  const activeDir = join(cacheDir, "live");
  const keptSince = (await oldestActive(activeDir, now - hourMs)) ?? now;
  const entries = [...(await entriesOf(cacheDir, caps)), ...(await unfinishedIn(stateDir))];
  let files = 0;
  let bytes = 0;
  for (const { path, bytes: size } of chosen(entries, caps, now)) {
    if (signal.aborted) break;
    // A temporary file younger than an hour may belong to a write that is still running.
    const limit = isTemporary(nameOf(path)) ? Math.min(now - hourMs, keptSince) : keptSince;
    if ((await usedAt(path, Number.POSITIVE_INFINITY)) >= limit) continue;
    await rm(path, { force: true }).then(
      async () => {
        files += 1;
        bytes += size;
        // Removes the folder of a run without files; the call fails for a folder with files, which stays.
        if (isPartOfRun(cacheDir, path)) await rmdir(dirname(path)).catch(() => undefined);
      },
      () => undefined,
    );
  }
  await writeAtomic(marker, "").catch(() => undefined);
  await utimes(marker, now / 1000, now / 1000).catch(() => undefined);
  return { files, bytes };
}

/** The files beyond the limits, the longest unused first. */
function chosen(entries: readonly Entry[], caps: Caps, now: number): readonly Entry[] {
  const byUse = [...entries].sort((a, b) => b.usedAt - a.usedAt);
  /** The rank of each member of a group by its latest use, from 0. */
  const ranks = new Map<string, Map<string, number>>();
  let total = 0;
  const out = byUse.filter(({ path, bytes, usedAt, group }) => {
    const isTooMany = group !== undefined && rankOf(group, ranks) >= group.max;
    const goes = isTemporary(nameOf(path)) || now - usedAt > caps.ageMs || isTooMany;
    if (!goes) total += bytes;
    return goes || total > caps.bytes;
  });
  return out.reverse();
}

/** Called in the order of latest use, so that the first member gets rank 0. */
function rankOf({ name, member }: NonNullable<Entry["group"]>, ranks: Map<string, Map<string, number>>): number {
  const inGroup = ranks.get(name) ?? new Map<string, number>();
  ranks.set(name, inGroup);
  const rank = inGroup.get(member) ?? inGroup.size;
  inGroup.set(member, rank);
  return rank;
}

/** Every file of the cache that can be made again. Locks are in folders of their own and not included. */
async function entriesOf(cacheDir: string, caps: Caps): Promise<Entry[]> {
  const found: Entry[] = [];
  for (const folder of ["records", "blobs", "projects", "runs", "index", "trees", "layouts"])
    for (const { path, ...file } of await filesOf(join(cacheDir, folder)))
      found.push({ path, ...file, group: groupOf(folder, relative(cacheDir, path), caps) });
  return found;
}

async function unfinishedIn(stateDir: string): Promise<Entry[]> {
  const files = await filesOf(join(stateDir, "documents"));
  return files.filter(({ path }) => isTemporary(nameOf(path))).map((file) => ({ ...file, group: undefined }));
}

async function filesOf(folder: string): Promise<Omit<Entry, "group">[]> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const found = files.map(async (file) => {
    const path = join(file.parentPath, file.name);
    const status = file.isFile() ? await stat(path).catch(() => undefined) : undefined;
    return status ? [{ path, bytes: status.size, usedAt: status.mtimeMs }] : [];
  });
  return (await Promise.all(found)).flat();
}

function groupOf(folder: string, path: string, caps: Caps): Entry["group"] {
  if (isTemporary(nameOf(path))) return undefined;
  if (folder === "records")
    return { name: join(dirname(path), taskOfFile(nameOf(path))), member: path, max: caps.recordsPerTask };
  if (folder !== "runs") return undefined;
  // `runs/<project>/<run>/<part>`, or `runs/<project>/<run>` of an earlier version.
  const [, project = "", run = ""] = path.split(sep);
  return { name: join(folder, project), member: run, max: caps.runsPerProject };
}

function isPartOfRun(cacheDir: string, path: string): boolean {
  const parts = relative(cacheDir, path).split(sep);
  return parts[0] === "runs" && parts.length === 4;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf(sep) + 1);
}

/** @param missing the result for a file that does not exist */
async function usedAt(path: string, missing = 0): Promise<number> {
  const status = await stat(path).catch(() => undefined);
  return status?.mtimeMs ?? missing;
}
