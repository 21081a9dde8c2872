/** `devloop help [COMMAND]`. A command that there is not has been refused before. */
import { exitCode } from "../../diag/exit.ts";
import type { Run } from "../command.ts";
import { commands } from "../commands.ts";
import { globalFlags } from "../flag-table.ts";
import { commandHelp, overview } from "../help.ts";

export const run: Run = async ({ args, stdout }) => {
  const command = commands.find((c) => c.name === args[0]);
  stdout.write(`${command ? commandHelp(command, globalFlags) : overview(commands, globalFlags)}\n`);
  return exitCode.ok;
};
