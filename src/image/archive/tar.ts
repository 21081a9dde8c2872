/**
 * Tar archives (ustar) of entries whose sizes are known before a byte is read. Names and link targets longer than a
 * header allows are preceded by GNU's long names, which GNU's and busybox' tar both read.
 * An archive is exactly as long as `tarLength` says, whatever its sources do meanwhile: an entry has the bytes that its
 * header announces, or the archive fails.
 */
import { type Chunks, exactChunks } from "../../std/bytes/exact-chunks.ts";

export interface TarEntry {
  readonly path: string;
  readonly bytes: number;
  readonly chunks: Chunks;
  /** Permission bits; default 0644. */
  readonly mode?: number;
  /** Seconds since the epoch; default 0. */
  readonly modified?: number;
  /** Default: a plain file. For the others `bytes` is 0. */
  readonly type?: { readonly kind: "directory" } | { readonly kind: "symlink"; readonly target: string };
}

const block = 512;
const end = new Uint8Array(2 * block);
const roomForName = 100;

/** Length of the archive, end mark included. */
export function tarLength(entries: readonly TarEntry[]): number {
  return entries.reduce((sum, e) => sum + head(e).length + e.bytes + padding(e.bytes), end.length);
}

/**
 * The archive, read from the entries' sources on demand.
 * @throws SourceChanged where a source is too short
 */
export async function* tar(entries: readonly TarEntry[]): AsyncGenerator<Uint8Array> {
  for (const entry of entries) {
    yield head(entry);
    yield* exactChunks(entry.chunks, entry.bytes, entry.path);
    const pad = padding(entry.bytes);
    if (pad > 0) yield new Uint8Array(pad);
  }
  yield end;
}

function padding(bytes: number): number {
  return (block - (bytes % block)) % block;
}

/** The entry's header, preceded by names that do not fit into it. */
function head(entry: TarEntry): Uint8Array {
  const { path, bytes, mode, modified = 0, type } = entry;
  const target = type?.kind === "symlink" ? type.target : "";
  const typeMark = type === undefined ? "0" : type.kind === "symlink" ? "2" : "5";
  const plainMode = type?.kind === "directory" ? 0o755 : type?.kind === "symlink" ? 0o777 : 0o644;
  return Buffer.concat([
    ...(Buffer.byteLength(path) > roomForName ? [long("L", path)] : []),
    ...(Buffer.byteLength(target) > roomForName ? [long("K", target)] : []),
    header(cut(path), bytes, mode ?? plainMode, modified, typeMark, cut(target)),
  ]);
}

function long(mark: "L" | "K", text: string): Uint8Array {
  const data = Buffer.from(`${text}\0`);
  const room = Buffer.alloc(data.length + padding(data.length));
  data.copy(room);
  return Buffer.concat([header(Buffer.from("././@LongLink"), data.length, 0o644, 0, mark, Buffer.alloc(0)), room]);
}

function cut(text: string): Buffer {
  return Buffer.from(text).subarray(0, roomForName);
}

function header(name: Buffer, bytes: number, mode: number, modified: number, mark: string, target: Buffer): Buffer {
  const h = Buffer.alloc(block);
  name.copy(h, 0);
  h.write(`${(mode & 0o7777).toString(8).padStart(7, "0")}\0`, 100);
  h.write("0000000\0", 108);
  h.write("0000000\0", 116);
  h.write(size(bytes), 124, "latin1");
  h.write(`${Math.floor(modified).toString(8).padStart(11, "0")}\0`, 136);
  h.write("        ", 148);
  h.write(mark, 156);
  target.copy(h, 157);
  h.write("ustar\0", 257);
  h.write("00", 263);
  const sum = h.reduce((s, byte) => s + byte, 0);
  h.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return h;
}

/** Eleven octal digits hold 8 GiB; a larger size is binary with its first bit set. */
function size(bytes: number): string {
  if (bytes < 8 ** 11) return `${bytes.toString(8).padStart(11, "0")}\0`;
  const field = Buffer.alloc(12);
  field.writeBigUInt64BE(BigInt(bytes), 4);
  field[0] = 0x80;
  return field.toString("latin1");
}
