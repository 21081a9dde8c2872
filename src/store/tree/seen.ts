/**
 * A directory as a look found it: its content, and the statuses that this content is true of. A later look that finds
 * the same statuses takes the content as it is; a look that finds others knows which names to read.
 */
import { directoryDescription } from "../files/description.ts";
import { type Stamp, stampFields } from "../files/file-stamp.ts";
import type { Described } from "./describe.ts";
import { Directory, type Entry, emptyDigest } from "./directory.ts";
import { type Listing, modeAt } from "./listing.ts";
import { composedNames } from "./names.ts";

export interface Seen {
  /** Relative to the root, as the file system writes it. */
  readonly path: string;
  readonly listing: Listing;
  /** Every directory that was looked into, by name; also one that counts for nothing because nothing in it does. */
  readonly directories: ReadonlyMap<string, Seen>;
  /** Names whose status proves nothing yet: they were touched right before they were read. */
  readonly untrusted: ReadonlySet<string>;
  /** One number for names, statuses and the contents of the directories: equal keys, equal content. */
  readonly key: bigint;
  readonly content: Directory;
}

/** Reads what is at a name that is no directory; undefined where it is gone. */
export type Read = (name: string, row: number) => Described | undefined | Promise<Described | undefined>;

/** Whether a directory that was looked into takes part: by itself, or through something in it. */
export function counts(verdict: string, inner: Seen): boolean {
  return verdict === "i" || inner.content.digest !== emptyDigest;
}

/** One number over everything that a directory's content follows from, wherever the directory lies. */
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

/** Makes the content of a directory by reading every name. Rows of files that were read anew get their new statuses. */
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
    // Nearly every file is known: waiting for each would cost more than looking at it.
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
