/**
 * Bytes on their way from the engine into nodes: hashed as they come, kept in memory while they are few, in a temporary
 * file above that. Never a whole image: only the layers that some node lacks.
 */
import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Spooled extends AsyncDisposable {
  readonly digest: string;
  readonly bytes: number;
  /** From the start, as often as wanted. */
  chunks(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

const inMemory = 8 << 20;

/** Takes the stream to its end. */
export async function spool(stream: AsyncIterable<Uint8Array>): Promise<Spooled> {
  const hasher = new Bun.CryptoHasher("sha256");
  const held: Uint8Array[] = [];
  let bytes = 0;
  let path: string | undefined;
  let file: Bun.FileSink | undefined;
  try {
    for await (const chunk of stream) {
      hasher.update(chunk);
      bytes += chunk.length;
      if (file === undefined) held.push(chunk);
      else {
        file.write(chunk);
        await file.flush();
      }
      if (file !== undefined || bytes <= inMemory) continue;
      path = join(tmpdir(), `devloop-layer-${randomUUID()}`);
      file = Bun.file(path).writer();
      for (const early of held.splice(0)) file.write(early);
    }
    await file?.end();
  } catch (thrown) {
    await file?.end();
    if (path) await rm(path, { force: true });
    throw thrown;
  }
  const kept = path;
  return {
    digest: `sha256:${hasher.digest("hex")}`,
    bytes,
    chunks: () => (kept === undefined ? held : Bun.file(kept).stream()),
    async [Symbol.asyncDispose]() {
      held.length = 0;
      if (kept) await rm(kept, { force: true });
    },
  };
}
