/** `devloop options`: the flags that every command takes. */

import type { Run } from "../../command/command.ts";
import { exitCode } from "../../diag/exit.ts";
import { globalFlags } from "../flag-table.ts";
import { flagRows } from "../help.ts";

export const run: Run = async ({ stdout }) => {
  stdout.write(`Flags of every command:\n${flagRows(globalFlags)}\n`);
  return exitCode.ok;
};
