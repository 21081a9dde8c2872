/** `devloop options`: the flags that every command takes. */
import { exitCode } from "../../diag/exit.ts";
import type { Run } from "../command.ts";
import { globalFlags } from "../flag-table.ts";
import { flagRows } from "../help.ts";

export const run: Run = async ({ stdout }) => {
  stdout.write(`Flags of every command:\n${flagRows(globalFlags)}\n`);
  return exitCode.ok;
};
