/**
 * The file index as bytes: a line with the version and the digest of the rest, two lengths, the rows as doubles, the
 * digests raw, and the paths with a zero byte between. Doubles come first, so that they are aligned and can be used
 * without a copy. A file of another version or byte order, cut or damaged, counts as missing.
 */
import { endianness } from "node:os";

export interface FileTable {
  readonly paths: string[];
  readonly rows: Float64Array;
  /** 64 hex digits each. */
  readonly digests: string[];
}

const version = `devloop file-index 1 ${endianness()}`;
const digestBytes = 32;
const headBytes = 128;

export function encodeTable({ paths, rows, digests }: FileTable): Uint8Array {
  const counts = new Float64Array([paths.length]);
  const body = Buffer.concat([
    bytesOf(counts),
    bytesOf(rows),
    Buffer.from(digests.join(""), "hex"),
    Buffer.from(paths.join("\0")),
  ]);
  return Buffer.concat([Buffer.from(headOf(body)), body]);
}

/** @param width doubles in a row */
export function decodeTable(file: Buffer, width: number): FileTable | undefined {
  const body = file.subarray(headBytes);
  if (file.length < headBytes + 8 || file.toString("latin1", 0, headBytes) !== headOf(body)) return undefined;
  // Copies the buffer where the pool of buffers gave it an address that is not a multiple of 8, as doubles need.
  const aligned = (body.byteOffset & 7) === 0 ? body : Buffer.from(new Uint8Array(body));
  const count = new Float64Array(aligned.buffer, aligned.byteOffset, 1)[0] ?? 0;
  const rowsAt = 8;
  const digestsAt = rowsAt + count * width * 8;
  const pathsAt = digestsAt + count * digestBytes;
  if (pathsAt > aligned.length) return undefined;
  const rows = new Float64Array(aligned.buffer, aligned.byteOffset + rowsAt, count * width);
  const hex = aligned.toString("hex", digestsAt, pathsAt);
  const digests = Array.from({ length: count }, (_, row) => hex.slice(row * 64, row * 64 + 64));
  const paths = count === 0 ? [] : aligned.toString("utf8", pathsAt).split("\0");
  return paths.length === count ? { paths, rows, digests } : undefined;
}

/**
 * The first line; its length is constant, so that the doubles behind it are aligned. The fast hash is enough, because
 * it only detects accidental damage.
 */
function headOf(body: Uint8Array): string {
  return `${`${version} ${Bun.hash.xxHash64(body).toString(16)}`.padEnd(headBytes - 1)}\n`;
}

function bytesOf(numbers: Float64Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}
