/**
 * The present content of one directory: names, statuses, and which names count. Walks, updates and comparisons of
 * statuses all use this file, so that they cannot disagree on what counts.
 * Statuses are rows of numbers, read by synchronous calls: a tree of 50,000 files is walked without an object or a
 * promise for each file.
 */
import { constants, lstatSync, readdirSync } from "node:fs";
import { type Stamp, stampFields, stampInto } from "../files/file-stamp.ts";
import { isGone } from "../files/hash-file.ts";
import type { Sources } from "../files/sources.ts";
import { ifThere, type Kind, kindOf, refuseForeignName, unreadable } from "./describe.ts";
import type { Turns } from "./turns.ts";

/** Which names of a directory count, one letter for each: `i`n, `o`ut, `p`arent, as `Sources.part` says. */
export type Verdicts = string;

/** Saved verdicts, by a key over the rules, the directory's path, and its names with their types. */
export interface KnownVerdicts {
  verdicts(key: bigint): Verdicts | undefined;
}

/**
 * The names that may count, in the order of the listing. They include directories that count only for their content.
 */
export interface Listing {
  readonly names: readonly string[];
  /**
   * `stampFields` numbers for each name; a directory's row has its mode and zeros, because its times depend on its
   * content.
   */
  readonly stamps: Float64Array;
  /** The verdict of each name; only a directory can be a `p`. */
  readonly verdicts: Verdicts;
  /** The key of the verdicts; zero where the rules have no digest. */
  readonly key: bigint;
  /** The verdict of every name in the directory, including names that do not count. */
  readonly all: Verdicts;
  /** The names of directories. */
  readonly directories: readonly string[];
  /** A hash of the names. */
  readonly hash: bigint;
}

const letters = { in: "i", out: "o", parent: "p" } as const;
const modeField = 4;
/** How many files are processed before the time is checked. */
const askEvery = 32;
const { S_IFMT, S_IFREG } = constants;

/**
 * @param path relative to the root, in the file system's form
 * @throws Failure for what cannot be read
 */
export async function list(
  sources: Sources,
  path: string,
  known: KnownVerdicts | undefined,
  turn: Turns,
): Promise<Listing> {
  const lister = new Lister(new Survey(sources), path);
  while (!lister.read(turn)) await turn.take();
  return lister.listing(known);
}

/** Shared by the directories of one walk: the rules, the path for system calls, and memory for rows. */
export class Survey {
  readonly sources: Sources;
  /** The root in the form for system calls. */
  readonly at: string;
  /** A few large arrays, because thousands of small ones would cost more than their content. */
  #slab = new Float64Array(0);
  #used = 0;

  constructor(sources: Sources) {
    this.sources = sources;
    this.at = shortest(sources.root);
  }

  /** Rows of zeros. */
  take(count: number): Float64Array {
    const wanted = count * stampFields;
    if (this.#used + wanted > this.#slab.length) {
      this.#slab = new Float64Array(Math.max(wanted, slabLength));
      this.#used = 0;
    }
    this.#used += wanted;
    return this.#slab.subarray(this.#used - wanted, this.#used);
  }
}
const slabLength = 1024 * stampFields;

/**
 * The path relative to the working directory where it lies below it, because a system call walks through all
 * directories of a path. The working directory is read in every walk, because it may be moved.
 */
function shortest(path: string): string {
  const here = process.cwd();
  if (path === here) return ".";
  return path.startsWith(`${here}/`) ? path.slice(here.length + 1) : path;
}

/** Lists one directory in pieces, so that even a very large one does not block the event loop. */
export class Lister {
  readonly #sources: Sources;
  readonly #path: string;
  readonly #at: string;
  readonly #names: string[];
  readonly #stamps: Float64Array;
  readonly #directories: string[] = [];
  /** The rows of everything but ordinary files, each with a letter for its type. */
  #others = "";
  #row = 0;

  constructor(survey: Survey, path: string) {
    this.#sources = survey.sources;
    this.#path = path;
    this.#at = path === "" ? survey.at : `${survey.at}/${path}`;
    this.#names = ifThere(this.#full, () => readdirSync(`${this.#at}/`)) ?? [];
    this.#stamps = survey.take(this.#names.length);
  }

  get #full(): string {
    return this.#path === "" ? this.#sources.root : `${this.#sources.root}/${this.#path}`;
  }

  /**
   * Reads statuses until all are read, or the event loop should run.
   * @returns whether all are read
   */
  read(turn: Turns): boolean {
    const count = this.#names.length;
    while (this.#row < count) {
      this.#readTo(Math.min(count, this.#row + askEvery));
      if (turn.due()) break;
    }
    return this.#row >= count;
  }

  /** Makes few calls per file, because it runs for every file of every tree. */
  #readTo(end: number): void {
    const names = this.#names;
    const prefix = `${this.#at}/`;
    let row = this.#row;
    try {
      for (; row < end; row++) {
        const name = names[row] ?? "";
        const stamp = lstatSync(prefix + name);
        if ((stamp.mode & S_IFMT) === S_IFREG) stampInto(this.#stamps, row * stampFields, stamp);
        else this.#putOther(row, name, stamp);
      }
    } catch (error) {
      // A file that was removed between the listing and its status counts as missing.
      const name = names[row] ?? "";
      if (!isGone(error)) throw unreadable(`${this.#full}/${name}`, error);
      const path = this.#path === "" ? name : `${this.#path}/${name}`;
      if (this.#sources.part(path, "file") === "in") refuseForeignName(this.#full, name);
      this.#others += `${row}x`;
      row++;
    }
    this.#row = row;
  }

  #putOther(row: number, name: string, stamp: Stamp): void {
    const kind = kindOf(stamp.mode);
    this.#others += `${row}${kind === undefined ? "x" : kind.charAt(0)}`;
    if (kind === undefined) return;
    if (kind !== "directory") return stampInto(this.#stamps, row * stampFields, stamp);
    this.#stamps[row * stampFields + modeField] = stamp.mode;
    this.#directories.push(name);
  }

  listing(known: KnownVerdicts | undefined): Listing {
    const hash = Bun.hash.xxHash64(this.#names.join("\0"));
    const { selection } = this.#sources;
    const judged = `${selection}\0${this.#path}\0${this.#others}`;
    const key = selection === undefined ? 0n : Bun.hash.xxHash64(judged, hash);
    const all = (key === 0n ? undefined : known?.verdicts(key)) ?? this.#judge();
    const [names, stamps, directories] = [this.#names, this.#stamps, this.#directories];
    if (!all.includes("o")) return { names, stamps, verdicts: all, key, all, directories, hash };
    return { ...chosen(names, stamps, all, directories), key, all };
  }

  #judge(): Verdicts {
    const prefix = this.#path === "" ? "" : `${this.#path}/`;
    let verdicts = "";
    for (let row = 0; row < this.#names.length; row++) {
      const mode = modeAt(this.#stamps, row);
      const kind = mode === 0 ? undefined : kindOf(mode);
      verdicts += kind === undefined ? "o" : verdictOf(this.#sources, `${prefix}${this.#names[row]}`, kind);
    }
    return verdicts;
  }
}

/** Whether a path is among those that may count. */
export function verdictOf(sources: Sources, path: string, kind: Kind): "i" | "o" | "p" {
  const part = sources.part(path, kind);
  return part === "parent" && kind !== "directory" ? "o" : letters[part];
}

/** The status in a row, as a status call returned it. */
export function stampAt(stamps: Float64Array, row: number): Stamp {
  const at = row * stampFields;
  const [size = 0, mtimeMs = 0, ctimeMs = 0, ino = 0, mode = 0] = stamps.subarray(at, at + stampFields);
  return { size, mtimeMs, ctimeMs, ino, mode };
}

export function modeAt(stamps: Float64Array, row: number): number {
  return stamps[row * stampFields + modeField] ?? 0;
}

function chosen(found: readonly string[], from: Float64Array, all: Verdicts, directories: readonly string[]) {
  const names: string[] = [];
  const rows = new Float64Array(from.length);
  let verdicts = "";
  for (let row = 0; row < found.length; row++) {
    const verdict = all.charAt(row);
    if (verdict === "o") continue;
    rows.set(from.subarray(row * stampFields, (row + 1) * stampFields), names.length * stampFields);
    names.push(found[row] ?? "");
    verdicts += verdict;
  }
  const stamps = rows.slice(0, names.length * stampFields);
  const left = new Set(names);
  const hash = Bun.hash.xxHash64(names.join("\0"));
  return { names, stamps, verdicts, directories: directories.filter((name) => left.has(name)), hash };
}
