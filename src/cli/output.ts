/**
 * Standard output and error as commands see them. A reader that has gone (`devloop build | head`, a closed terminal) is
 * a Ctrl-C that nobody typed: the command ends in order, a clean-up included, and what it still says is dropped.
 */
import { writeSync } from "node:fs";
import type { Output } from "../command/command.ts";
import { cancel } from "./signals.ts";

/** A pipe or socket without a reader; a terminal that was closed. */
const goneCodes = new Set(["EPIPE", "ECONNRESET", "EIO", "ENXIO"]);

/** Writes at once and in order, so that lines are out before the process ends. */
export function outputOf(stream: NodeJS.WriteStream & { fd: number }): Output {
  let gone = false;
  return {
    write(text) {
      if (gone || writeAll(stream.fd, Buffer.from(text))) return;
      gone = true;
      cancel();
    },
    isTerminal: stream.isTTY === true,
    columns: stream.columns ?? 80,
  };
}

/** False where there is no reader any more. */
function writeAll(fd: number, bytes: Buffer): boolean {
  let from = 0;
  while (from < bytes.length) {
    try {
      from += writeSync(fd, bytes, from);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? "";
      if (goneCodes.has(code)) return false;
      if (code !== "EAGAIN") throw error;
      Bun.sleepSync(1);
    }
  }
  return true;
}

/** Keeps the runtime from ending the process where a pipe, ours or that of a child, has no reader. */
export function quietWhenClosed(): void {
  process.on("SIGPIPE", () => undefined);
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
}
