/**
 * The file index as bytes: a line with the version and the digest of the rest, two lengths, the rows as doubles, the
 * digests raw, and the paths with a zero byte between. Doubles come first, so that they lie aligned and are used in
 * place. A file of another version or machine order, cut or damaged, is none.
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
  // A copy when the pool of buffers gave it an odd address: doubles need theirs.
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

/** Always the same length, so that what follows lies aligned. The fast hash is enough: it guards against accidents. */
function headOf(body: Uint8Array): string {
  return `${`${version} ${Bun.hash.xxHash64(body).toString(16)}`.padEnd(headBytes - 1)}\n`;
}

function bytesOf(numbers: Float64Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}
