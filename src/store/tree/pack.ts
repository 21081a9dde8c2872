/**
 * A stored tree: one file with the text of every directory that its base does not have. A base is another such file,
 * which has no base itself, so a state that differs in a few directories costs only these, and no chain grows.
 * The file has a line of fixed length with the version and the digests of the tree, then the digests of the directories
 * in order, the end of each text, and the texts. A text is read when it is needed and is valid only if its digest
 * matches.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { endianness } from "node:os";
import { sha256 } from "../../std/data/digest.ts";
import { Directory } from "./directory.ts";
import { FileTree } from "./file-tree.ts";

const version = `devloop tree 1 ${endianness()}`;
const headBytes = 512;
const digestBytes = 32;

/** @param texts by digest */
export function encodePack(tree: FileTree, base: string | undefined, texts: ReadonlyMap<string, string>): Uint8Array {
  const sorted = [...texts].sort(([a], [b]) => (a < b ? -1 : 1));
  const bodies = sorted.map(([, text]) => Buffer.from(text));
  const ends = new Uint32Array(bodies.length);
  let end = 0;
  for (const [i, body] of bodies.entries()) {
    end += body.length;
    ends[i] = end;
  }
  const digests = Buffer.from(sorted.map(([digest]) => digest).join(""), "hex");
  const table = Buffer.concat([digests, new Uint8Array(ends.buffer)]);
  const words = [version, tree.root.digest, tree.extra.digest, base ?? "-", sorted.length, hashOf(table)];
  return Buffer.concat([Buffer.from(`${words.join(" ").padEnd(headBytes - 1)}\n`), table, ...bodies]);
}

export class Pack {
  /** Digest of the base's tree. */
  readonly base: string | undefined;
  /** Size of all texts. */
  readonly bytes: number;
  readonly #file: number;
  readonly #root: string;
  readonly #extra: string;
  readonly #digests: Buffer;
  readonly #ends: Uint32Array;

  private constructor(file: number, [root, extra, base]: readonly string[], table: Buffer, count: number) {
    this.#file = file;
    this.#root = root ?? "";
    this.#extra = extra ?? "";
    this.base = base === "-" ? undefined : base;
    this.#digests = table.subarray(0, count * digestBytes);
    this.#ends = new Uint32Array(new Uint8Array(table.subarray(count * digestBytes)).buffer);
    this.bytes = this.#ends.at(-1) ?? 0;
  }

  /** Undefined for a file that is missing, of another version, cut or damaged. The caller closes the result. */
  static open(path: string): Pack | undefined {
    let file: number | undefined;
    try {
      file = openSync(path, "r");
      const head = piece(file, 0, headBytes)?.toString("latin1") ?? "";
      if (!head.startsWith(`${version} `)) throw new Error("no tree");
      const words = head
        .slice(version.length + 1)
        .trim()
        .split(" ");
      const count = Number(words[3]);
      const table = piece(file, headBytes, count * (digestBytes + 4));
      if (table === undefined || hashOf(table) !== words[4]) throw new Error("no table");
      const pack = new Pack(file, words, table, count);
      if (fstatSync(file).size !== headBytes + table.length + pack.bytes) throw new Error("cut");
      return pack;
    } catch {
      if (file !== undefined) closeSync(file);
      return undefined;
    }
  }

  has(digest: string): boolean {
    return this.#find(digest) !== undefined;
  }

  /** Undefined where the pack has no such text, or no valid one. */
  text(digest: string): string | undefined {
    const at = this.#find(digest);
    if (at === undefined) return undefined;
    const from = at === 0 ? 0 : (this.#ends[at - 1] ?? 0);
    const bodies = headBytes + this.#digests.length + this.#ends.byteLength;
    const body = piece(this.#file, bodies + from, (this.#ends[at] ?? 0) - from);
    return body !== undefined && sha256(body) === digest ? body.toString() : undefined;
  }

  /** @param read gives the texts of this pack and of its base */
  tree(read: (digest: string) => string): FileTree {
    return new FileTree(Directory.kept(this.#root, read), Directory.kept(this.#extra, read));
  }

  close(): void {
    closeSync(this.#file);
  }

  #find(digest: string): number | undefined {
    const wanted = Buffer.from(digest, "hex");
    let low = 0;
    let high = this.#ends.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = this.#digests.compare(wanted, 0, digestBytes, middle * digestBytes, (middle + 1) * digestBytes);
      if (order === 0) return middle;
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return undefined;
  }
}

function piece(file: number, from: number, length: number): Buffer | undefined {
  const buffer = Buffer.alloc(length);
  let got = 0;
  while (got < length) {
    const count = readSync(file, buffer, got, length - got, from + got);
    if (count === 0) return undefined;
    got += count;
  }
  return buffer;
}

function hashOf(bytes: Uint8Array): string {
  return Bun.hash.xxHash64(bytes).toString(16);
}
