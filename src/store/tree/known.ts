/**
 * What a session saves about a tree for the next one: for each directory, by one number over names and statuses, which
 * of its names count and the digest of its content. A walk over an unchanged tree then only lists directories and reads
 * statuses. A table belongs to one root and one selection.
 * Only trusted directories are saved: nothing that was touched directly before it was read. A table of another version
 * or byte order, cut or damaged, or whose tree is no longer stored, counts as missing.
 */
import { readFileSync } from "node:fs";
import { endianness } from "node:os";
import { isJsonRecord, type Json } from "../../std/data/json.ts";
import type { KnownBeside } from "./beside.ts";
import { Directory } from "./directory.ts";
import type { Verdicts } from "./listing.ts";
import type { Seen } from "./seen.ts";
import type { Snapshot } from "./snapshot.ts";
import type { Known } from "./walk.ts";

const version = `devloop directories 1 ${endianness()}`;
const headBytes = 128;
const digestBytes = 32;

export class KnownDirectories implements Known, KnownBeside {
  /** The stored tree that contains every directory named in the table. */
  readonly tree: string;
  /** Days since the epoch when the table was written. */
  readonly day: number;
  readonly #verdicts: Lookup<string>;
  readonly #contents: Lookup<string>;
  readonly #beside: { readonly key: bigint; readonly descriptions: readonly string[] };
  readonly #read: (digest: string) => string;

  /** @param reader of the directories of a stored tree */
  static read(
    path: string,
    reader: (tree: string) => ((directory: string) => string) | undefined,
  ): KnownDirectories | undefined {
    try {
      const table = decode(readFileSync(path));
      const read = table && reader(table.tree);
      return table && read && new KnownDirectories(table, read);
    } catch {
      return undefined;
    }
  }

  private constructor(table: Table, read: (digest: string) => string) {
    this.tree = table.tree;
    this.day = table.day;
    this.#verdicts = new Lookup(table.verdictKeys, (row) => table.verdicts[row]);
    const { digests } = table;
    this.#contents = new Lookup(table.contentKeys, (row) => digests.slice(row * 64, row * 64 + 64));
    this.#beside = table.beside;
    this.#read = read;
  }

  verdicts(key: bigint): Verdicts | undefined {
    const found = this.#verdicts.find(key);
    return found && /^\d+$/.test(found) ? "i".repeat(Number(found)) : found;
  }

  content(key: bigint): Directory | undefined {
    const digest = this.#contents.find(key);
    return digest === undefined ? undefined : Directory.kept(digest, this.#read);
  }

  beside(key: bigint): readonly string[] | undefined {
    return this.#beside.key === key ? this.#beside.descriptions : undefined;
  }
}

/** The table for a snapshot. */
export function encodeKnown({ seen, beside, tree }: Snapshot, day: number): Uint8Array {
  const verdictKeys: bigint[] = [];
  const verdicts: string[] = [];
  const contentKeys: bigint[] = [];
  const digests: string[] = [];
  // In the order in which a walk asks: verdicts from the top down, contents from the bottom up.
  const visit = (each: Seen) => {
    const { key, all } = each.listing;
    if (key !== 0n) {
      verdictKeys.push(key);
      verdicts.push(/^i*$/.test(all) ? String(all.length) : all);
    }
    for (const inner of each.directories.values()) visit(inner);
    if (each.untrusted.size > 0) return;
    contentKeys.push(each.key);
    digests.push(each.content.digest);
  };
  visit(seen);
  const trusted = beside.untrusted.size === 0;
  const text = JSON.stringify({
    tree: tree.digest,
    day,
    beside: { key: String(trusted ? beside.key : 0n), descriptions: beside.descriptions },
    verdicts,
  });
  const body = Buffer.concat([
    bytesOf(new BigUint64Array([BigInt(verdictKeys.length), BigInt(contentKeys.length)])),
    bytesOf(new BigUint64Array(verdictKeys)),
    bytesOf(new BigUint64Array(contentKeys)),
    Buffer.from(digests.join(""), "hex"),
    Buffer.from(text),
  ]);
  return Buffer.concat([Buffer.from(headOf(body)), body]);
}

interface Table {
  readonly tree: string;
  readonly day: number;
  readonly beside: { readonly key: bigint; readonly descriptions: readonly string[] };
  readonly verdictKeys: BigUint64Array;
  readonly verdicts: readonly string[];
  readonly contentKeys: BigUint64Array;
  /** 64 hex digits each. */
  readonly digests: string;
}

function decode(file: Buffer): Table | undefined {
  const body = new Uint8Array(file.subarray(headBytes));
  if (file.toString("latin1", 0, headBytes) !== headOf(body)) return undefined;
  const [verdictCount = 0n, contentCount = 0n] = new BigUint64Array(body.buffer, 0, 2);
  const [rows, contents] = [Number(verdictCount), Number(contentCount)];
  const verdictsAt = 16;
  const contentsAt = verdictsAt + rows * 8;
  const digestsAt = contentsAt + contents * 8;
  const textAt = digestsAt + contents * digestBytes;
  const bytes = Buffer.from(body.buffer);
  const value = JSON.parse(bytes.toString("utf8", textAt)) as Json;
  if (!isJsonRecord(value) || !isJsonRecord(value.beside)) return undefined;
  return {
    tree: String(value.tree),
    day: Number(value.day),
    beside: { key: BigInt(String(value.beside.key)), descriptions: value.beside.descriptions as readonly string[] },
    verdictKeys: new BigUint64Array(body.buffer, verdictsAt, rows),
    verdicts: value.verdicts as readonly string[],
    contentKeys: new BigUint64Array(body.buffer, contentsAt, contents),
    digests: bytes.toString("hex", digestsAt, textAt),
  };
}

/**
 * Rows by number. A row is found directly behind the previous one where nothing changed; a map is made only otherwise.
 */
class Lookup<T> {
  readonly #keys: BigUint64Array;
  readonly #value: (row: number) => T | undefined;
  #next = 0;
  #rows: Map<bigint, number> | undefined;

  constructor(keys: BigUint64Array, value: (row: number) => T | undefined) {
    this.#keys = keys;
    this.#value = value;
  }

  find(key: bigint): T | undefined {
    let row: number | undefined = this.#next;
    if (this.#keys[row] !== key) {
      this.#rows ??= new Map([...this.#keys].map((each, at) => [each, at]));
      row = this.#rows.get(key);
    }
    if (row === undefined) return undefined;
    this.#next = row + 1;
    return this.#value(row);
  }
}

function headOf(body: Uint8Array): string {
  return `${`${version} ${Bun.hash.xxHash64(body).toString(16)}`.padEnd(headBytes - 1)}\n`;
}

function bytesOf({ buffer, byteOffset, byteLength }: BigUint64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
