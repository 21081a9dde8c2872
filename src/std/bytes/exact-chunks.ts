/**
 * A stream of bytes whose length is announced before the source is read, although the source may be longer or shorter
 * by then: a file that is written to while it is sent.
 * Exactly the announced bytes are handed on. Bytes beyond them stay unread, because the first bytes are what was
 * announced. A source that ends early is refused, because nothing can replace the missing bytes.
 */

/** The source is shorter than announced. Reading its size and content again may succeed. */
export class SourceChanged extends Error {
  override readonly name = "SourceChanged";
}

export type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/**
 * The first `bytes` bytes of `chunks`, never more. The source is closed once they are read.
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
