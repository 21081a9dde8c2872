/**
 * Which inputs were touched since a look: compared by fresh statuses alone, without reading what the files hold. A file
 * that was changed and changed back is touched, because whoever read it in between saw something else.
 *
 * A status proves nothing for a file that was written in the very moment of the look: these few are read again.
 */
import type { FileLook } from "../files/file-index.ts";
import { isStamp, stampFields } from "../files/file-stamp.ts";
import { touchedBeside } from "./beside.ts";
import { describe, kindOf } from "./describe.ts";
import { type Listing, list, modeAt, stampAt } from "./listing.ts";
import type { Look } from "./look.ts";
import { composedNames } from "./names.ts";
import { counts, type Seen } from "./seen.ts";
import { type Turns, turns } from "./turns.ts";
import { below } from "./walk.ts";

/** Reads every file: an answer from the index would be the one that is in question. */
const unread: FileLook = { known: () => undefined, learn: () => undefined, end: () => undefined };

/** Relative paths in the tree, then absolute ones of files beside it, each list sorted; empty where nothing was. */
export async function touchedSince(look: Look, signal: AbortSignal): Promise<readonly string[]> {
  const turn = turns(signal);
  const found: string[] = [];
  await compare(look, "", look.seen, found, turn);
  const beside = await touchedBeside(look.sources, look.beside, unread, turn);
  return [...found.sort(), ...beside.sort()];
}

async function compare(look: Look, path: string, seen: Seen, found: string[], turn: Turns): Promise<void> {
  const verdicts = (key: bigint) => (key === seen.listing.key ? seen.listing.all : undefined);
  const listing = await list(look.sources, path, { verdicts }, turn);
  const rows = sameNames(listing, seen.listing) ? undefined : rowsOf(seen.listing);
  for (let row = 0; row < listing.names.length; row++) {
    const name = listing.names[row] ?? "";
    const was = rows === undefined ? row : rows.get(name);
    rows?.delete(name);
    const touched =
      was === undefined
        ? listing.verdicts.charAt(row) === "i" || (await holds(look, below(path, name), turn))
        : await isTouched(look, { seen, name, was }, { listing, row }, turn);
    if (touched) found.push(below(path, name));
    const directory = seen.directories.get(name);
    if (directory && isDirectory(listing, row)) await compare(look, below(path, name), directory, found, turn);
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

/** Whether a name that is still there is another one, apart from what a directory holds. */
async function isTouched(look: Look, { seen, name, was }: Before, now: Now, turn: Turns): Promise<boolean> {
  const stamp = stampAt(now.listing.stamps, now.row);
  const same = isStamp(seen.listing.stamps, was * stampFields, stamp);
  if (isDirectory(now.listing, now.row) && seen.directories.has(name)) return !same && counted(seen, name, was);
  if (!same || !seen.untrusted.has(name)) return !same;
  const inner = below(seen.path, name);
  const described = await describe(`${look.sources.root}/${inner}`, inner, stamp, unread, turn);
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

/** Whether something below a new directory that counts only for what it holds counts. */
async function holds(look: Look, path: string, turn: Turns): Promise<boolean> {
  const listing = await list(look.sources, path, undefined, turn);
  if (listing.verdicts.includes("i")) return true;
  for (const name of listing.names) if (await holds(look, below(path, name), turn)) return true;
  return false;
}

function sameNames({ names: a }: Listing, { names: b }: Listing): boolean {
  return a.length === b.length && a.every((name, row) => name === b[row]);
}

function rowsOf({ names }: Listing): Map<string, number> {
  return new Map(names.map((name, row) => [name, row]));
}
