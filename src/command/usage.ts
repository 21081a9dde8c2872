/** Errors of the command line that only a command can find: reported like all others, with exit code 127. */
import { type ExitCode, exitCode } from "../diag/exit.ts";
import { visible } from "../std/text/visible.ts";
import type { Invocation } from "./command.ts";

export function usageError({ stderr, command }: Invocation, message: string, suggestion?: string): ExitCode {
  stderr.write(`error: ${visible(message)}\n`);
  if (suggestion !== undefined) stderr.write(`  hint: ${suggestion}\n`);
  stderr.write(`See "devloop ${command} --help".\n`);
  return exitCode.usage;
}
