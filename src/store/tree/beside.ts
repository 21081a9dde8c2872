/**
 * Single files of a snapshot that lie outside of its tree: files that count by their content (a Dockerfile outside of
 * the context), and files that decide what counts (an ignore file). The latter are included because their change during
 * a build makes its result unusable.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { FileDigests } from "../files/file-index.ts";
import { isRacy, isStamp, stampFields, stampInto } from "../files/file-stamp.ts";
import type { Sources } from "../files/sources.ts";
import { describeExtra, ifThere, statusOfExtra } from "./describe.ts";
import type { Entry } from "./directory.ts";
import { stampAt } from "./listing.ts";
import type { Turns } from "./turns.ts";

export interface Beside {
  /** Absolute paths: the files that count, in the order of the sources, then the rules. */
  readonly paths: readonly string[];
  readonly stamps: Float64Array;
  readonly descriptions: readonly string[];
  /** Paths whose status may stay equal after a change, because they were touched directly before the read. */
  readonly untrusted: ReadonlySet<string>;
  /** Equal keys mean equal descriptions. */
  readonly key: bigint;
}

export interface KnownBeside {
  beside(key: bigint): readonly string[] | undefined;
}

interface BesideContext {
  readonly sources: Sources;
  readonly known: KnownBeside | undefined;
  readonly files: FileDigests;
  readonly turn: Turns;
}

export async function readBeside(context: BesideContext, before: Beside | undefined): Promise<Beside> {
  const { sources, known, files, turn } = context;
  const paths = [...sources.extra.map(({ path }) => path), ...(sources.rules ?? [])];
  const stamps = statuses(paths);
  const key = Bun.hash.xxHash64(stamps, Bun.hash.xxHash64(paths.join("\0")));
  if (before?.key === key && before.untrusted.size === 0) return before;
  const kept = known?.beside(key);
  if (kept?.length === paths.length) return { paths, stamps, descriptions: kept, untrusted: new Set(), key };
  const descriptions: string[] = [];
  const untrusted = new Set<string>();
  for (const [row, path] of paths.entries()) {
    const { description, trusted } = await describeExtra(path, stampAt(stamps, row), files, turn);
    descriptions.push(description);
    if (!trusted) untrusted.add(path);
  }
  return { paths, stamps, descriptions, untrusted, key };
}

/** The files that count, as entries of a tree. */
export function entriesOf({ extra }: Sources, { descriptions }: Beside): Entry[] {
  return extra.map(({ name }, row) => ({ name, description: descriptions[row] ?? "" }));
}

/** Files whose status differs now, or whose content differs where the status is not trusted. */
export async function touchedBeside(
  { trees = [] }: Sources,
  beside: Beside,
  files: FileDigests,
  turn: Turns,
): Promise<string[]> {
  const { paths, stamps, descriptions, untrusted } = beside;
  const now = statuses(paths);
  const before = new Set(paths);
  const touched = trees.flatMap(({ root }) => filesBelow(root)).filter((path) => !before.has(path));
  for (const [row, path] of paths.entries()) {
    const stamp = stampAt(now, row);
    if (!isStamp(stamps, row * stampFields, stamp)) touched.push(path);
    else if (untrusted.has(path)) {
      const { description } = await describeExtra(path, stamp, files, turn);
      if (description !== descriptions[row]) touched.push(path);
    }
  }
  return touched;
}

/** Every path below a directory that is no directory itself. */
function filesBelow(directory: string): string[] {
  const entries = ifThere(directory, (there) => readdirSync(there, { withFileTypes: true })) ?? [];
  return entries.flatMap((entry) => {
    const path = join(directory, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

function statuses(paths: readonly string[]): Float64Array {
  const stamps = new Float64Array(paths.length * stampFields);
  for (const [row, path] of paths.entries()) stampInto(stamps, row * stampFields, statusOfExtra(path));
  return stamps;
}

/** Whether any of the files may have been written after a time, in milliseconds since the epoch of the real clock. */
export function wasTouchedSince({ paths, stamps }: Beside, at: number): boolean {
  return paths.some((_, row) => isRacy(stampAt(stamps, row), at));
}
