/**
 * A stream of bytes whose length was announced before it is read, and a source that may be longer or shorter by then: a
 * file that is written to while it is sent.
 *
 * Decides that exactly the announced bytes are handed on. What a source has beyond them is left unread, because the
 * first bytes are what was announced; a source that ends early is refused, because nothing can stand for the rest.
 */

/** A source is not what it was announced as. A fresh look at it may succeed. */
export class SourceChanged extends Error {
  override readonly name = "SourceChanged";
}

export type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/**
 * The first `bytes` bytes of `chunks`, never more. The source is closed once they were read.
 * @throws SourceChanged, which names `what`, where the source ends before them; whatever the source throws.
 */
export async function* exactChunks(chunks: Chunks, bytes: number, what: string): AsyncGenerator<Uint8Array> {
  let left = bytes;
  if (left > 0)
    for await (const chunk of chunks) {
      const part = chunk.length > left ? chunk.subarray(0, left) : chunk;
      left -= part.length;
      if (part.length > 0) yield part;
      if (left === 0) break;
    }
  if (left > 0)
    throw new SourceChanged(`${what} became shorter while it was read: ${left} of ${bytes} bytes are missing`);
}
