/**
 * The terminal in which the program was started, for lending it to a child. Decides whether it can be lent: standard
 * input must be a terminal, and the program must be in its foreground, because a background job that reads from it
 * would be stopped. While it is lent, output to it is kept back.
 */
import { readFileSync } from "node:fs";
import { isatty } from "node:tty";
import { Turns } from "../std/async/turns.ts";
import type { Loan, Terminal } from "../tool/process/terminal.ts";
import type { PausableOutput } from "./output.ts";

export function terminalOf(stdout: PausableOutput, stderr: PausableOutput): Terminal {
  const turns = new Turns(1);
  const shown = [stdout, stderr].filter(({ isTerminal }) => isTerminal);
  const release = () => {
    for (const output of shown) output.resume();
  };
  const loan: Loan = {
    hasErrors: stderr.isTerminal,
    between(print) {
      if (!stderr.isTerminal) return print();
      stderr.between(() => {
        // The child's last line may have no end, such as a question.
        stderr.write("\n");
        print();
      });
    },
  };
  return {
    isHere: () => isatty(0) && isInForeground(),
    lend: (work, signal) =>
      turns.take(async () => {
        for (const output of shown) output.pause();
        process.on("exit", release);
        try {
          return await work(loan);
        } finally {
          process.off("exit", release);
          release();
        }
      }, signal),
  };
}

/** Whether this process group is the terminal's foreground group; true where the kernel does not tell. */
function isInForeground(): boolean {
  try {
    // The fields behind the name, which may hold any text: state, parent, group, session, terminal, the terminal's
    // group.
    const stat = readFileSync("/proc/self/stat", "utf8");
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return foreground === group;
  } catch {
    return true;
  }
}
