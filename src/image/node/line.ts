/** A stream of the engine's messages, one per line. Empty lines are left out; a last line without an end counts. */
import { byteLines } from "../../std/text/byte-lines.ts";

/** Characters. An engine's messages are short. */
const longestLine = 4 << 20;

/** @throws TooLong; what the stream throws */
export async function* lines(stream: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  for await (const line of byteLines(stream, longestLine, "keep")) if (line.trim() !== "") yield line.trim();
}
