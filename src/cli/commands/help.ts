/** `devloop help [COMMAND]`. An unknown command was refused before. */

import type { Run } from "../../command/command.ts";
import { exitCode } from "../../diag/exit.ts";
import { globalFlags } from "../flag-table.ts";
import { commandHelp, overview } from "../help.ts";

export const run: Run = async ({ args, commands, stdout }) => {
  const command = commands.find((c) => c.name === args[0]);
  stdout.write(`${command ? commandHelp(command, globalFlags) : overview(commands, globalFlags)}\n`);
  return exitCode.ok;
};
