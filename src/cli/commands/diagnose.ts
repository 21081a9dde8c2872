/**
 * `devloop diagnose`: what devloop makes of the configuration, and what each artifact costs. Builds and deploys nothing.
 * `--yaml-only` prints only the effective configuration, and keeps it: the next time nothing is loaded at all unless a
 * file or a variable that it depends on has changed.
 */
import { exitCode } from "../../diag/exit.ts";
import type { Run } from "../command.ts";

export const run: Run = async (invocation) => {
  const { flags, stdout } = invocation;
  const { diagnosis, effectiveText } = await import("../diagnose/project.ts");
  const text = flags.bool("yaml-only") ? await effectiveText(invocation) : await diagnosis(invocation);
  const file = flags.text("output");
  if (file === undefined) stdout.write(text);
  else await (await import("../compose/result.ts")).writeResult(file, text);
  return exitCode.ok;
};
