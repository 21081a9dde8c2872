/** Chunks as a stream that reads them only as it is read, for requests and transforms that take nothing else. */
import type { Chunks } from "./exact-chunks.ts";

/** @param taken called whenever the stream is read from */
export function streamOf(chunks: Chunks, taken: () => void = () => {}): ReadableStream<Uint8Array<ArrayBuffer>> {
  const iterator = Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]();
  return new ReadableStream({
    async pull(controller) {
      const next = await iterator.next();
      taken();
      if (next.done) controller.close();
      else controller.enqueue(next.value as Uint8Array<ArrayBuffer>);
    },
    async cancel() {
      await iterator.return?.();
    },
  });
}
