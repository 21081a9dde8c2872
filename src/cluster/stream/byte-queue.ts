/**
 * Chunks of bytes from a socket, kept for a reader that takes them later. Knows their total size, so that the owner can
 * pause the source.
 */
export class ByteQueue implements AsyncIterable<Uint8Array> {
  readonly #chunks: Uint8Array[] = [];
  readonly #taken: () => void;
  #size = 0;
  #ended = false;
  #wake = Promise.withResolvers<void>();

  /** @param taken called whenever a reader took a chunk */
  constructor(taken: () => void) {
    this.#taken = taken;
  }

  /** Bytes that are not taken yet. */
  get size(): number {
    return this.#size;
  }

  push(bytes: Uint8Array): void {
    this.#chunks.push(bytes);
    this.#size += bytes.length;
    this.#notify();
  }

  /** Ends the input; remaining chunks can still be read. */
  end(): void {
    this.#ended = true;
    this.#notify();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk) {
        this.#size -= chunk.length;
        this.#taken();
        yield chunk;
      } else if (this.#ended) return;
      else await this.#wake.promise;
    }
  }

  #notify(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }
}
