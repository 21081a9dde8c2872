/**
 * One directory of a tree as a value: what counts in it, by name, and one digest over all of it, so that two
 * directories are equal exactly when their digests are. A parent contains a directory by its permission bits and its
 * digest: a change below costs the directories above it and nothing beside them.
 * The digest is that of the directory's text: names and descriptions in the order of the names, with a zero byte
 * between. A store keeps that text, and a directory from a store reads it when its entries are needed.
 */
import { sha256 } from "../../std/data/digest.ts";

/**
 * `description` describes one path as a key has it: `file 644 <sha256>`, `symlink <target>`, `directory 755`, `special
 * 644`. `directory` is present exactly where it describes a directory.
 */
export interface Entry {
  readonly name: string;
  readonly description: string;
  readonly directory?: Directory;
}

/**
 * Reads the text of a stored directory.
 * @throws where it cannot be read any more
 */
export type ReadDirectory = (digest: string) => string;

const between = "\0";
const mark = "directory ";
const digestLength = 64;

export const emptyDigest: string = sha256("");

export class Directory {
  readonly digest: string;
  #entries: readonly Entry[] | undefined;
  readonly #read: ReadDirectory | undefined;

  private constructor(digest: string, entries: readonly Entry[] | undefined, read?: ReadDirectory) {
    this.digest = digest;
    this.#entries = entries;
    this.#read = read;
  }

  /** @param entries in any order, each name once */
  static of(entries: readonly Entry[]): Directory {
    return Directory.ofSorted(entries.toSorted((a, b) => (a.name < b.name ? -1 : 1)));
  }

  /** @param read called for this directory, and for those below it, when their entries are needed */
  static kept(digest: string, read: ReadDirectory): Directory {
    return digest === emptyDigest ? new Directory(digest, []) : new Directory(digest, undefined, read);
  }

  private static ofSorted(entries: readonly Entry[]): Directory {
    return new Directory(sha256(encode(entries)), entries);
  }

  /** Sorted by name. */
  get entries(): readonly Entry[] {
    this.#entries ??= this.#read === undefined ? [] : decode(this.#read(this.digest), this.#read);
    return this.#entries;
  }

  get text(): string {
    return encode(this.entries);
  }

  find(name: string): Entry | undefined {
    const at = this.#place(name);
    const entry = this.entries[at];
    return entry?.name === name ? entry : undefined;
  }

  /** The directory with one entry replaced, added or removed. */
  with(name: string, entry: Entry | undefined): Directory {
    const at = this.#place(name);
    const there = this.entries[at]?.name === name ? 1 : 0;
    return Directory.ofSorted(this.entries.toSpliced(at, there, ...(entry ? [entry] : [])));
  }

  /** The index of a name, or where it would be inserted. */
  #place(name: string): number {
    let low = 0;
    let high = this.entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.entries[middle]?.name ?? "") < name) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function encode(entries: readonly Entry[]): string {
  const words: string[] = [];
  for (const { name, description, directory } of entries)
    words.push(name, directory ? `${description} ${directory.digest}` : description);
  return words.join(between);
}

function decode(text: string, read: ReadDirectory): Entry[] {
  const words = text === "" ? [] : text.split(between);
  const entries: Entry[] = [];
  for (let i = 0; i + 1 < words.length; i += 2) {
    const name = words[i] ?? "";
    const description = words[i + 1] ?? "";
    if (!description.startsWith(mark)) entries.push({ name, description });
    else
      entries.push({
        name,
        description: description.slice(0, -digestLength - 1),
        directory: Directory.kept(description.slice(-digestLength), read),
      });
  }
  return entries;
}
