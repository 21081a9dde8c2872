/**
 * Reads a byte stream as text lines, and keeps the first bytes up to a limit and the last lines.
 * A line without an end is given out in parts of 64 KiB, so that it cannot fill the memory.
 */
import { lineSplitter } from "../../std/text/line-splitter.ts";

const longestLine = 64 * 1024;

export interface Kept {
  readonly text: string;
  readonly truncated: boolean;
}

/** Reads to the end of `stream`, or until it is cancelled; `onLine` gets every line without its end. */
export async function readLines(
  stream: ReadableStream<Uint8Array>,
  limit: number,
  onLine: (line: string) => void,
  done: AbortSignal,
): Promise<Kept> {
  const decoder = new TextDecoder();
  const reader = stream.getReader();
  const stop = () => void reader.cancel().catch(() => undefined);
  done.addEventListener("abort", stop, { once: true });
  const kept: string[] = [];
  let size = 0;
  let truncated = false;
  const lines = lineSplitter(onLine, longestLine);
  const take = (text: string) => {
    if (size < limit) kept.push(text.slice(0, limit - size));
    size += text.length;
    truncated ||= size > limit;
    lines.take(text);
  };
  try {
    for (;;) {
      const { done: ended, value } = await reader.read();
      if (ended) break;
      take(decoder.decode(value, { stream: true }));
    }
  } finally {
    done.removeEventListener("abort", stop);
  }
  take(decoder.decode());
  lines.end();
  return { text: kept.join(""), truncated };
}
