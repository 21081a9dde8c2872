/**
 * The digests of files that were read before, by path and stamp: what makes a warm look at a tree cost its status calls
 * and nothing else.
 *
 * One table for each root, flat: paths, five numbers a row, digests. Rows lie in the order of the last walk, so that the
 * next one finds each row right behind the one before; only where the tree has changed is a map of paths made. A table
 * that cannot be read is an empty one. Two processes that save at once leave one whole table or the other: what is
 * missing from it is read again.
 */

import { readFileSync } from "node:fs";
import { writeAtomic } from "../atomic.ts";
import type { Trouble } from "../trouble.ts";
import { isStamp, type Stamp, stampFields, stampInto } from "./file-stamp.ts";
import { decodeTable, encodeTable } from "./file-table.ts";

/** Rows that no walk has seen for so long are left out when the table is saved. */
const keptDays = 30;
/** A row is five numbers of the stamp, and the day on which it was last seen. */
const width = stampFields + 1;

export class FileIndex {
  readonly #path: string;
  readonly #trouble: Trouble;
  readonly #today: () => number;
  /** Read when a file is first asked for: many looks know every directory by heart and ask for none. */
  #read = false;
  #paths: string[] = [];
  #rows: Float64Array = new Float64Array(0);
  #digests: string[] = [];
  #byPath: Map<string, number> | undefined;
  #order: readonly number[] = [];
  /** Rows that differ from the saved table. */
  #changes = 0;
  /** What was learned before the table was read. */
  readonly #early = new Map<string, { readonly stamp: Stamp; readonly digest: string }>();

  /** @param today days since the epoch */
  constructor(path: string, trouble: Trouble, today: () => number) {
    this.#path = path;
    this.#trouble = trouble;
    this.#today = today;
  }

  /** Begins one look at the tree. Looks may overlap: each keeps its own place. */
  look(): FileLook {
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

  /** How much would be lost with the process now: rows that were read and are not saved yet. */
  get unsaved(): number {
    return this.#changes + this.#early.size;
  }

  /** Writes the table if there is anything new in it; never throws. */
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

  /** Rows of the last look in its order, then the others that were seen not too long ago. */
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

  /** The day is kept coarse, so that an unchanged tree does not write its table every day. */
  #see(row: number): void {
    const at = row * width + stampFields;
    const today = this.#today();
    if (today - (this.#rows[at] ?? 0) < keptDays / 4) return;
    this.#rows[at] = today;
    this.#changes++;
  }
}

/** One look at a tree through its index. */
export interface FileLook {
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
