/**
 * Which inputs were touched since a snapshot: their statuses are read again and compared, without reading contents. A
 * file that was changed and changed back counts as touched, because a reader in between saw another content.
 * For a file that was written directly before the snapshot the status is not trusted: its content is read.
 */
import type { FileDigests } from "../files/file-index.ts";
import { isStamp, stampFields } from "../files/file-stamp.ts";
import { touchedBeside } from "./beside.ts";
import { describe, kindOf } from "./describe.ts";
import { type Listing, list, modeAt, stampAt } from "./listing.ts";
import { composedNames } from "./names.ts";
import { counts, type Seen } from "./seen.ts";
import type { Snapshot } from "./snapshot.ts";
import { type Turns, turns } from "./turns.ts";
import { below } from "./walk.ts";

/** An index without entries, so that every file is read: a saved digest belongs to the status that is in doubt. */
const unread: FileDigests = { known: () => undefined, learn: () => undefined, end: () => undefined };

/**
 * Relative paths in the tree, then absolute paths of files beside it, each list sorted; empty where nothing was
 * touched.
 */
export async function touchedSince(snapshot: Snapshot, signal: AbortSignal): Promise<readonly string[]> {
  const turn = turns(signal);
  const found: string[] = [];
  await compare(snapshot, "", snapshot.seen, found, turn);
  const beside = await touchedBeside(snapshot.sources, snapshot.beside, unread, turn);
  return [...found.sort(), ...beside.sort()];
}

async function compare(snapshot: Snapshot, path: string, seen: Seen, found: string[], turn: Turns): Promise<void> {
  const verdicts = (key: bigint) => (key === seen.listing.key ? seen.listing.all : undefined);
  const listing = await list(snapshot.sources, path, { verdicts }, turn);
  const rows = sameNames(listing, seen.listing) ? undefined : rowsOf(seen.listing);
  for (let row = 0; row < listing.names.length; row++) {
    const name = listing.names[row] ?? "";
    const was = rows === undefined ? row : rows.get(name);
    rows?.delete(name);
    const touched =
      was === undefined
        ? listing.verdicts.charAt(row) === "i" || (await holds(snapshot, below(path, name), turn))
        : await isTouched(snapshot, { seen, name, was }, { listing, row }, turn);
    if (touched) found.push(below(path, name));
    const directory = seen.directories.get(name);
    if (directory && isDirectory(listing, row)) await compare(snapshot, below(path, name), directory, found, turn);
  }
  for (const [name, row] of rows ?? []) if (counted(seen, name, row)) found.push(below(path, name));
}

interface Before {
  readonly seen: Seen;
  readonly name: string;
  readonly was: number;
}

interface Now {
  readonly listing: Listing;
  readonly row: number;
}

/** Whether a name that still exists differs. The content of a directory is compared separately. */
async function isTouched(snapshot: Snapshot, { seen, name, was }: Before, now: Now, turn: Turns): Promise<boolean> {
  const stamp = stampAt(now.listing.stamps, now.row);
  const same = isStamp(seen.listing.stamps, was * stampFields, stamp);
  if (isDirectory(now.listing, now.row) && seen.directories.has(name)) return !same && counted(seen, name, was);
  if (!same || !seen.untrusted.has(name)) return !same;
  const inner = below(seen.path, name);
  const described = await describe(`${snapshot.sources.root}/${inner}`, inner, stamp, unread, turn);
  const known = composedNames(seen.listing.names)?.get(name) ?? name;
  return described?.description !== seen.content.find(known)?.description;
}

function isDirectory({ stamps }: Listing, row: number): boolean {
  return kindOf(modeAt(stamps, row)) === "directory";
}

function counted({ listing, directories }: Seen, name: string, row: number): boolean {
  const directory = directories.get(name);
  return directory === undefined || counts(listing.verdicts.charAt(row), directory);
}

/** Whether something counts below a new directory that counts only for its content. */
async function holds(snapshot: Snapshot, path: string, turn: Turns): Promise<boolean> {
  const listing = await list(snapshot.sources, path, undefined, turn);
  if (listing.verdicts.includes("i")) return true;
  for (const name of listing.names) if (await holds(snapshot, below(path, name), turn)) return true;
  return false;
}

function sameNames({ names: a }: Listing, { names: b }: Listing): boolean {
  return a.length === b.length && a.every((name, row) => name === b[row]);
}

function rowsOf({ names }: Listing): Map<string, number> {
  return new Map(names.map((name, row) => [name, row]));
}
