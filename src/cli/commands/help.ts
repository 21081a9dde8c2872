/** `devloop help [COMMAND]`. */
import { exitCode } from "../../diag/exit.ts";
import { closest } from "../../std/edit-distance.ts";
import type { Run } from "../command.ts";
import { commands } from "../commands.ts";
import { globalFlags } from "../flag-table.ts";
import { commandHelp, overview } from "../help.ts";

export const run: Run = async ({ args, stdout, stderr }) => {
  const name = args[0];
  const command = commands.find((c) => c.name === name);
  if (name !== undefined && !command) {
    const near = closest(
      name,
      commands.map((c) => c.name),
    );
    stderr.write(`error: no command ${JSON.stringify(name)}${near ? `; did you mean ${near}?` : ""}\n`);
    return exitCode.usage;
  }
  stdout.write(`${command ? commandHelp(command, globalFlags) : overview(commands, globalFlags)}\n`);
  return exitCode.ok;
};
