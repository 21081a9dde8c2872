/** Standard output and error as commands see them, and what a closed pipe means: the end, without a word. */
import { writeSync } from "node:fs";
import type { Output } from "./command.ts";

/** Writes at once and in order, so that lines are out before the process ends. */
export function outputOf(stream: NodeJS.WriteStream & { fd: number }): Output {
  return {
    write: (text) => writeAll(stream.fd, Buffer.from(text)),
    isTerminal: stream.isTTY === true,
    columns: stream.columns ?? 80,
  };
}

function writeAll(fd: number, bytes: Buffer): void {
  let from = 0;
  while (from < bytes.length) {
    try {
      from += writeSync(fd, bytes, from);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === "EPIPE") process.exit(0);
      if (code !== "EAGAIN") throw error;
      Bun.sleepSync(1);
    }
  }
}

/** `devloop build | head`: when the reader has gone there is nobody to tell anything. */
export function quietWhenClosed(): void {
  process.on("SIGPIPE", () => process.exit(0));
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => process.exit(0));
}
