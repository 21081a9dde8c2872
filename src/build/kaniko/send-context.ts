/**
 * Sends a build context into its pod over one exec stream, which the container unpacks and then ends. The archive is
 * made and compressed while it is sent; nothing is stored on this machine.
 */
import { constants, createGzip, type Gzip } from "node:zlib";
import type { Cluster } from "../../cluster/cluster.ts";
import { type ExecTarget, openExec } from "../../cluster/stream/exec.ts";
import { Failure } from "../../diag/failure.ts";
import { type TarEntry, tar } from "../../image/archive/tar.ts";
import { unpackFolder } from "./context.ts";
import { completeFile } from "./pod.ts";

/** Size of the compressor's input pieces, because each piece has a fixed cost. */
const pieceBytes = 256 << 10;
/** Limit for the error text of the unpacking program. */
const mostWords = 2_000;

/**
 * @param level of zlib; -2: Huffman codes only
 * @returns the compressed bytes that were sent
 * @throws Failure where the container cannot unpack it, SourceChanged where a file became shorter, the signal's reason
 */
export async function sendContext(
  cluster: Cluster,
  target: ExecTarget,
  entries: readonly TarEntry[],
  level: number,
  signal: AbortSignal,
): Promise<number> {
  const script = `tar -xzf - -C ${unpackFolder} && touch ${completeFile}`;
  await using stream = await openExec(cluster, target, ["sh", "-c", script], signal, { stdin: true });
  const said = [wordsOf(stream.stdout), wordsOf(stream.stderr)];
  let bytes = 0;
  let over = false;
  const ended = stream.exit.finally(() => {
    over = true;
  });
  ended.catch(() => undefined);
  for await (const piece of compressed(entries, level)) {
    // A container that has stopped unpacking reports the reason itself.
    if (over) break;
    await stream.write(piece);
    bytes += piece.length;
  }
  if (!over) await stream.end();
  const { code, message } = await ended;
  const words = (await Promise.all(said)).join("").trim();
  if (code === 0) return bytes;
  throw new Failure({
    severity: "error",
    message: `the build context cannot be unpacked in the pod ${target.pod}: ${words || message}`,
    suggestion: "the image of kaniko.initImage needs sh, tar with gzip, and touch",
  });
}

async function* compressed(entries: readonly TarEntry[], level: number): AsyncGenerator<Uint8Array> {
  const gzip = level === -2 ? createGzip({ strategy: constants.Z_HUFFMAN_ONLY }) : createGzip({ level });
  // An error of the archive ends the compressor and is thrown by its reader.
  void feed(gzip, entries).catch((thrown) => gzip.destroy(thrown));
  try {
    yield* gzip as AsyncIterable<Uint8Array>;
  } finally {
    gzip.destroy();
  }
}

async function feed(gzip: Gzip, entries: readonly TarEntry[]): Promise<void> {
  const closed = new Promise<void>((resolve) => void gzip.once("close", resolve));
  let pieces: Uint8Array[] = [];
  let size = 0;
  const write = async () => {
    const piece = Buffer.concat(pieces, size);
    pieces = [];
    size = 0;
    if (gzip.destroyed || gzip.write(piece)) return;
    await Promise.race([closed, new Promise<void>((resolve) => void gzip.once("drain", resolve))]);
  };
  for await (const chunk of tar(entries)) {
    pieces.push(chunk);
    size += chunk.length;
    if (size >= pieceBytes) await write();
    if (gzip.destroyed) return;
  }
  await write();
  gzip.end();
}

async function wordsOf(output: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let words = "";
  for await (const bytes of output) if (words.length < mostWords) words += decoder.decode(bytes, { stream: true });
  return words.slice(0, mostWords);
}
