/**
 * A byte stream of UTF-8 text, cut at each `\n` as it comes: for streams whose lines are messages. A message that never
 * ends is refused before it fills the memory, and one that comes in many pieces is not searched again for each of them.
 */
import { TooLong } from "./too-long.ts";

/**
 * Lines without their ends. @param end what becomes of text after the last line end: a line as well, or cut off and left out
 * @throws TooLong for a line of more than `longest` characters; what the stream throws
 */
export async function* byteLines(
  stream: AsyncIterable<Uint8Array>,
  longest: number,
  end: "keep" | "drop",
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let open: string[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const [first = "", ...others] = decoder.decode(chunk, { stream: true }).split("\n");
    open.push(first);
    size += first.length;
    if (size > longest) throw new TooLong("a line", longest);
    if (others.length === 0) continue;
    const lines = [open.join(""), ...others];
    open = [lines.pop() ?? ""];
    size = open[0]?.length ?? 0;
    yield* lines;
  }
  const last = open.join("");
  if (end === "keep" && last !== "") yield last;
}
