/**
 * The terminal that the program was started in, as it is lent to a child. Decides whether there is one to lend: standard
 * input is a terminal, and the program is in its foreground, as a background job that reads from it would be stopped. While
 * it is lent, output that goes there is held back.
 */
import { readFileSync } from "node:fs";
import { isatty } from "node:tty";
import { Turns } from "../std/async/turns.ts";
import type { Loan, Terminal } from "../tool/process/terminal.ts";
import type { HeldOutput } from "./output.ts";

export function terminalOf(stdout: HeldOutput, stderr: HeldOutput): Terminal {
  const turns = new Turns(1);
  const shown = [stdout, stderr].filter(({ isTerminal }) => isTerminal);
  const release = () => {
    for (const output of shown) output.release();
  };
  const loan: Loan = {
    hasErrors: stderr.isTerminal,
    between(print) {
      const all = () => {
        // The child's own line may have no end yet, such as a question.
        shown[0]?.write("\n");
        print();
      };
      shown.reduce((inner, output) => () => output.between(inner), all)();
    },
  };
  return {
    isHere: () => isatty(0) && isInForeground(),
    lend: (work, signal) =>
      turns.take(async () => {
        for (const output of shown) output.hold();
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

/** Whether our process group is the terminal's present one; where the kernel does not tell, it is taken to be. */
function isInForeground(): boolean {
  try {
    // After the name, which may hold anything: state, parent, group, session, terminal, the terminal's group.
    const stat = readFileSync("/proc/self/stat", "utf8");
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return foreground === group;
  } catch {
    return true;
  }
}
