/**
 * A directory as a walk found it: its content, and the statuses that this content was made from. A later walk that
 * finds the same statuses uses the content again; otherwise the statuses show which names to read.
 */
import { directoryDescription } from "../files/description.ts";
import { type Stamp, stampFields } from "../files/file-stamp.ts";
import type { Described } from "./describe.ts";
import { Directory, type Entry, emptyDigest } from "./directory.ts";
import { type Listing, modeAt } from "./listing.ts";
import { composedNames } from "./names.ts";

export interface Seen {
  /** Relative to the root, in the file system's form. */
  readonly path: string;
  readonly listing: Listing;
  /** Every directory that was walked, by name; includes those that do not count because nothing in them does. */
  readonly directories: ReadonlyMap<string, Seen>;
  /** Names whose status may stay equal after a change, because they were touched directly before the read. */
  readonly untrusted: ReadonlySet<string>;
  /** A hash of names, statuses and the contents of the directories: equal keys mean equal content. */
  readonly key: bigint;
  readonly content: Directory;
}

/** Reads a name that is no directory; undefined where it does not exist any more. */
export type Read = (name: string, row: number) => Described | undefined | Promise<Described | undefined>;

/** Whether a walked directory counts: by itself, or through something in it. */
export function counts(verdict: string, inner: Seen): boolean {
  return verdict === "i" || inner.content.digest !== emptyDigest;
}

/** A hash of everything that a directory's content depends on, wherever the directory lies. */
export function keyOf({ names, stamps, verdicts, hash }: Listing, directories: ReadonlyMap<string, Seen>): bigint {
  if (directories.size === 0) return Bun.hash.xxHash64(stamps, hash);
  return Bun.hash.xxHash64(stamps, Bun.hash.xxHash64(digestsOf(names, verdicts, directories).join("\0"), hash));
}

function digestsOf(names: readonly string[], verdicts: string, directories: ReadonlyMap<string, Seen>): string[] {
  return names.flatMap((name, row) => {
    const inner = directories.get(name);
    if (inner === undefined) return [];
    return [counts(verdicts.charAt(row), inner) ? inner.content.digest : "-"];
  });
}

/**
 * Makes the content of a directory by reading every name. Rows of files that were read again get their new statuses.
 */
export async function readContent(
  listing: Listing,
  directories: ReadonlyMap<string, Seen>,
  read: Read,
): Promise<{ readonly content: Directory; readonly untrusted: ReadonlySet<string> }> {
  const { names, stamps, verdicts } = listing;
  const entries: Entry[] = [];
  const untrusted = new Set<string>();
  const composed = composedNames(names);
  for (let row = 0; row < names.length; row++) {
    const raw = names[row] ?? "";
    const name = composed?.get(raw) ?? raw;
    const inner = directories.get(raw);
    if (inner !== undefined) {
      if (!counts(verdicts.charAt(row), inner)) continue;
      entries.push({ name, description: directoryDescription(modeAt(stamps, row)), directory: inner.content });
      continue;
    }
    const reading = read(raw, row);
    // Awaited only where needed: nearly every file is known, and awaiting each would cost more than reading its status.
    const described = reading instanceof Promise ? await reading : reading;
    if (described === undefined || !described.trusted) untrusted.add(raw);
    if (described === undefined) continue;
    putStamp(stamps, row, described.stamp);
    entries.push({ name, description: described.description });
  }
  return { content: Directory.of(entries), untrusted };
}

function putStamp(stamps: Float64Array, row: number, { size, mtimeMs, ctimeMs, ino, mode }: Stamp): void {
  stamps.set([size, mtimeMs, ctimeMs, ino, mode], row * stampFields);
}
