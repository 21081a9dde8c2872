/**
 * Standard output and error as commands see them. While a child has the terminal, what is written there is held back, up
 * to a size. A reader that has gone (`devloop build | head`, a closed terminal) is
 * a Ctrl-C that nobody typed: the command ends in order, a clean-up included, and what it still says is dropped.
 */
import { writeSync } from "node:fs";
import type { Output } from "../command/command.ts";
import { cancel } from "./signals.ts";

/** A pipe or socket without a reader; a terminal that was closed. */
const goneCodes = new Set(["EPIPE", "ECONNRESET", "EIO", "ENXIO"]);

/** Characters that are held back at most; what comes after them is left out, and that is said. */
const mostHeld = 1 << 20;

export interface HeldOutput extends Output {
  /** Holds back what is written from now on. */
  hold(): void;
  /** Writes what was held back, and from now on at once. */
  release(): void;
  /** What `print` writes is written at once, also while the rest is held back. */
  between(print: () => void): void;
}

/** Writes at once and in order, so that lines are out before the process ends. */
export function outputOf(stream: NodeJS.WriteStream & { fd: number }): HeldOutput {
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
    hold() {
      held ??= [];
    },
    release() {
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
