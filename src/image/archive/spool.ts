/**
 * Bytes on their way from the engine into nodes: hashed as they come, kept in memory while they are few, in a private
 * scratch file otherwise. Only layers that some node lacks are spooled.
 */
import type { Chunks } from "../../std/bytes/exact-chunks.ts";
import type { OpenScratch, ScratchFile } from "../../store/scratch.ts";

export interface Spooled extends AsyncDisposable {
  readonly digest: string;
  readonly bytes: number;
  /** From the start, any number of times. */
  chunks(): Chunks;
}

const inMemory = 8 << 20;

/**
 * Reads the stream to its end.
 * @throws the signal's reason at the next chunk, after removing everything
 */
export async function spool(
  stream: AsyncIterable<Uint8Array>,
  scratch: OpenScratch,
  signal: AbortSignal,
): Promise<Spooled> {
  const hasher = new Bun.CryptoHasher("sha256");
  const held: Uint8Array[] = [];
  let bytes = 0;
  let file: ScratchFile | undefined;
  try {
    for await (const chunk of stream) {
      signal.throwIfAborted();
      hasher.update(chunk);
      bytes += chunk.length;
      if (file === undefined) held.push(chunk);
      else await file.write(chunk);
      if (file !== undefined || bytes <= inMemory) continue;
      file = await scratch();
      for (const early of held.splice(0)) await file.write(early);
    }
    signal.throwIfAborted();
  } catch (thrown) {
    await file?.[Symbol.asyncDispose]();
    throw thrown;
  }
  const kept = file;
  return {
    digest: `sha256:${hasher.digest("hex")}`,
    bytes,
    chunks: () => kept?.chunks() ?? held,
    async [Symbol.asyncDispose]() {
      held.length = 0;
      await kept?.[Symbol.asyncDispose]();
    },
  };
}
