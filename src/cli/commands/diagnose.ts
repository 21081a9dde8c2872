/**
 * `devloop diagnose`: the effective configuration, and measurements of each artifact. Builds and deploys nothing.
 * `--yaml-only` prints only the effective configuration, and keeps it: the next call loads nothing unless a file or a
 * variable that it depends on has changed.
 */

import type { Invocation, Run } from "../../command/command.ts";
import { exitCode } from "../../diag/exit.ts";
import { keptOr } from "../../diagnose/kept-text.ts";

export const run: Run = async (invocation) => {
  const { flags, stdout } = invocation;
  const text = flags.bool("yaml-only") ? await effectiveText(invocation) : await diagnosis(invocation);
  const file = flags.text("output");
  if (file === undefined) stdout.write(text);
  else await (await import("../../command/write-result.ts")).writeResult(file, text);
  return exitCode.ok;
};

async function effectiveText(invocation: Invocation): Promise<string> {
  const make = async () => (await import("../../diagnose/effective-text.ts")).makeEffectiveText(invocation);
  const { text, warnings } = await keptOr(invocation, make);
  if (warnings.length > 0) (await import("../../command/complain.ts")).complain(invocation, warnings);
  return text;
}

async function diagnosis(invocation: Invocation): Promise<string> {
  return (await import("../../diagnose/project.ts")).diagnosis(invocation);
}
