/** Tar archives (ustar) of plain files whose sizes are known before a byte is read: only headers and padding. */
export interface TarEntry {
  /** At most 100 bytes: what we write are digests and fixed names. */
  readonly path: string;
  readonly bytes: number;
  readonly chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

const block = 512;
const end = new Uint8Array(2 * block);

/** How long the archive will be, end mark included. */
export function tarLength(entries: readonly TarEntry[]): number {
  return entries.reduce((sum, e) => sum + block + e.bytes + padding(e.bytes), end.length);
}

export async function* tar(entries: readonly TarEntry[]): AsyncGenerator<Uint8Array> {
  for (const entry of entries) {
    yield header(entry);
    yield* entry.chunks;
    const pad = padding(entry.bytes);
    if (pad > 0) yield new Uint8Array(pad);
  }
  yield end;
}

function padding(bytes: number): number {
  return (block - (bytes % block)) % block;
}

function header({ path, bytes }: TarEntry): Uint8Array {
  const h = Buffer.alloc(block);
  if (Buffer.byteLength(path) > 100) throw new Error(`the path ${path} is too long for an archive`);
  h.write(path, 0);
  h.write("0000644\0", 100);
  h.write("0000000\0", 108);
  h.write("0000000\0", 116);
  h.write(size(bytes), 124, "latin1");
  h.write("00000000000\0", 136);
  h.write("        ", 148);
  h.write("0", 156);
  h.write("ustar\0", 257);
  h.write("00", 263);
  const sum = h.reduce((s, byte) => s + byte, 0);
  h.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return h;
}

/** Eleven octal digits hold 8 GiB; beyond it the field is binary with its first bit set. */
function size(bytes: number): string {
  if (bytes < 8 ** 11) return `${bytes.toString(8).padStart(11, "0")}\0`;
  const field = Buffer.alloc(12);
  field.writeBigUInt64BE(BigInt(bytes), 4);
  field[0] = 0x80;
  return field.toString("latin1");
}
