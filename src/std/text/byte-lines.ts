/**
 * A byte stream of UTF-8 text, cut into lines at each `\n`: for streams whose lines are messages. A message without an
 * end is refused before it fills the memory, and a message that comes in many pieces is searched only once.
 */
import { TooLong } from "./too-long.ts";

/**
 * Lines without their line ends.
 * @param end whether text after the last line end is given as a line or left out
 * @throws TooLong for a line of more than `longest` characters; whatever the stream throws
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
