/**
 * The digests of files that were read before, by path and stamp. With it, a walk over an unchanged tree costs only its
 * status calls.
 * One flat table for each root: paths, five numbers a row, digests. Rows lie in the order of the last walk, so that the
 * next walk finds each row directly behind the one before; a map of paths is made only where the tree has changed. A
 * table that cannot be read counts as empty. Of two processes that save at once, one whole table remains, and files
 * missing from it are read again.
 */

import { readFileSync } from "node:fs";
import { writeAtomic } from "../atomic.ts";
import type { Trouble } from "../trouble.ts";
import { isStamp, type Stamp, stampFields, stampInto } from "./file-stamp.ts";
import { decodeTable, encodeTable } from "./file-table.ts";

/** Rows that no walk has used for this many days are left out when the table is saved. */
const keptDays = 30;
/** A row is five numbers of the stamp, and the day on which a walk last used it. */
const width = stampFields + 1;

export class FileIndex {
  readonly #path: string;
  readonly #trouble: Trouble;
  readonly #today: () => number;
  /**
   * Whether the table was read. It is read at the first request for a file, because a walk that knows every directory
   * needs no file of it.
   */
  #read = false;
  #paths: string[] = [];
  #rows: Float64Array = new Float64Array(0);
  #digests: string[] = [];
  #byPath: Map<string, number> | undefined;
  #order: readonly number[] = [];
  /** How many rows differ from the saved table. */
  #changes = 0;
  /** Digests that were added before the table was read. */
  readonly #early = new Map<string, { readonly stamp: Stamp; readonly digest: string }>();

  /** @param today days since the epoch */
  constructor(path: string, trouble: Trouble, today: () => number) {
    this.#path = path;
    this.#trouble = trouble;
    this.#today = today;
  }

  /** Begins one walk over the tree. Several walks may run at once: each keeps its own position. */
  beginWalk(): FileDigests {
    const seen: number[] = [];
    let next = 0;
    const rowOf = (path: string): number | undefined => {
      if (this.#paths[next] === path) return next;
      return this.#find(path);
    };
    const passed = (row: number) => {
      next = row + 1;
      seen.push(row);
      this.#see(row);
    };
    return {
      known: (path, stamp) => {
        this.#open();
        const row = rowOf(path);
        if (row === undefined || !isStamp(this.#rows, row * width, stamp)) return undefined;
        passed(row);
        return this.#digests[row];
      },
      learn: (path, stamp, digest) => {
        if (this.#read) passed(this.#put(rowOf(path) ?? this.#add(path), stamp, digest));
        else this.#early.set(path, { stamp, digest });
      },
      end: () => {
        this.#order = seen;
      },
    };
  }

  /** How many rows were added since the last save: the work that is lost if the process is killed now. */
  get unsaved(): number {
    return this.#changes + this.#early.size;
  }

  /** Writes the table if it has changed; never throws. */
  async save(): Promise<void> {
    if (this.unsaved === 0) return;
    this.#open();
    this.#changes = 0;
    const order = this.#orderToSave();
    const rows = new Float64Array(order.length * width);
    for (const [i, row] of order.entries()) rows.set(this.#rows.subarray(row * width, (row + 1) * width), i * width);
    const paths = order.map((row) => this.#paths[row] ?? "");
    const digests = order.map((row) => this.#digests[row] ?? "");
    await this.#trouble.attempt(this.#path, () => writeAtomic(this.#path, encodeTable({ paths, rows, digests })));
  }

  /** Rows of the last walk in its order, then the others that were used recently enough. */
  #orderToSave(): number[] {
    const oldest = this.#today() - keptDays;
    const first = new Set(this.#order);
    const others = this.#paths.flatMap((_, row) =>
      !first.has(row) && (this.#rows[row * width + stampFields] ?? 0) >= oldest ? [row] : [],
    );
    return [...first, ...others];
  }

  #open(): void {
    if (this.#read) return;
    this.#read = true;
    const table = read(this.#path);
    this.#paths = table.paths;
    this.#rows = table.rows;
    this.#digests = table.digests;
    for (const [path, { stamp, digest }] of this.#early) {
      const row = this.#find(path) ?? this.#add(path);
      this.#put(row, stamp, digest);
      this.#see(row);
    }
    this.#early.clear();
  }

  #find(path: string): number | undefined {
    this.#byPath ??= new Map(this.#paths.map((known, row) => [known, row]));
    return this.#byPath.get(path);
  }

  #add(path: string): number {
    const row = this.#paths.length;
    this.#find(path);
    this.#byPath?.set(path, row);
    this.#paths.push(path);
    if ((row + 1) * width > this.#rows.length) {
      const larger = new Float64Array(Math.max(1024, this.#rows.length * 2));
      larger.set(this.#rows);
      this.#rows = larger;
    }
    return row;
  }

  #put(row: number, stamp: Stamp, digest: string): number {
    stampInto(this.#rows, row * width, stamp);
    this.#digests[row] = digest;
    this.#changes++;
    return row;
  }

  /** The day is updated only now and then, so that an unchanged tree does not write its table every day. */
  #see(row: number): void {
    const at = row * width + stampFields;
    const today = this.#today();
    if (today - (this.#rows[at] ?? 0) < keptDays / 4) return;
    this.#rows[at] = today;
    this.#changes++;
  }
}

/** The digests of a tree's files during one walk. */
export interface FileDigests {
  /** The digest of a file whose stamp has not changed. */
  known(path: string, stamp: Stamp): string | undefined;
  /** Keeps the digest of a file whose stamp can be trusted. */
  learn(path: string, stamp: Stamp, digest: string): void;
  end(): void;
}

function read(path: string): { paths: string[]; rows: Float64Array; digests: string[] } {
  try {
    return decodeTable(readFileSync(path), width) ?? empty();
  } catch {
    return empty();
  }
}

function empty() {
  return { paths: [], rows: new Float64Array(0), digests: [] };
}
