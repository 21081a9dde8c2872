/**
 * Standard output and error for commands. While a child has the terminal, output to it is kept back, up to a limit. A
 * closed reader (`devloop build | head`, a closed terminal) has the effect of Ctrl-C: the command ends in order,
 * including its clean-up, and later output is dropped.
 */
import { writeSync } from "node:fs";
import type { Output } from "../command/command.ts";
import { cancel } from "./signals.ts";

/** Error codes of a pipe or socket without a reader, and of a closed terminal. */
const goneCodes = new Set(["EPIPE", "ECONNRESET", "EIO", "ENXIO"]);

/** Most characters that are kept back; later output is dropped, and a line says so. */
const mostHeld = 1 << 20;

export interface PausableOutput extends Output {
  /** Keeps output back from now on. */
  pause(): void;
  /** Writes the kept output, and later output at once. */
  resume(): void;
  /** Output of `print` is written at once, even while other output is kept back. */
  between(print: () => void): void;
}

/** Writes synchronously and in order, so that lines are written before the process ends. */
export function outputOf(stream: NodeJS.WriteStream & { fd: number }): PausableOutput {
  let gone = false;
  let held: string[] | undefined;
  let size = 0;
  let leftOut = 0;
  const write = (text: string) => {
    if (gone || text === "" || writeAll(stream.fd, Buffer.from(text))) return;
    gone = true;
    cancel();
  };
  return {
    write(text) {
      if (held === undefined) return write(text);
      if (size + text.length > mostHeld) {
        leftOut += 1;
        return;
      }
      size += text.length;
      held.push(text);
    },
    pause() {
      held ??= [];
    },
    resume() {
      const text = held?.join("") ?? "";
      held = undefined;
      write(leftOut === 0 ? text : `${text}... (${leftOut} more were not kept)\n`);
      size = 0;
      leftOut = 0;
    },
    between(print) {
      const before = held;
      held = undefined;
      try {
        print();
      } finally {
        held = before;
      }
    },
    isTerminal: stream.isTTY === true,
    columns: stream.columns ?? 80,
  };
}

/** False where the reader is closed. */
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

/** Prevents the runtime from ending the process where a pipe of this process or of a child has no reader. */
export function quietWhenClosed(): void {
  process.on("SIGPIPE", () => undefined);
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
}
