/** `devloop completion SHELL`: prints a script that completes devloop's commands and flags, made from their table. */

import type { Run } from "../../command/command.ts";
import { usageError } from "../../command/usage.ts";
import { exitCode } from "../../diag/exit.ts";
import { bashCompletion } from "../completion/bash.ts";
import { fishCompletion } from "../completion/fish.ts";
import { zshCompletion } from "../completion/zsh.ts";

const shells = { bash: bashCompletion, fish: fishCompletion, zsh: zshCompletion };

export const run: Run = async (invocation) => {
  const [name = ""] = invocation.args;
  if (!Object.hasOwn(shells, name))
    return usageError(invocation, `no completion for ${JSON.stringify(name)}`, "there are: bash, fish, zsh");
  invocation.stdout.write(shells[name as keyof typeof shells](invocation.commands));
  return exitCode.ok;
};
