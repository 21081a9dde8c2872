/** `devloop version`: `vX.Y.Z`, or a template over Version, GitCommit and Platform. */

import type { Run } from "../../command/command.ts";
import { version } from "../../command/version.ts";
import { exitCode } from "../../diag/exit.ts";

export const run: Run = async ({ flags, stdout }) => {
  const { version: number, commit } = version();
  const template = flags.text("output");
  if (template === undefined) {
    stdout.write(`v${number}\n`);
    return exitCode.ok;
  }
  const { expandTemplate } = await import("../output-template.ts");
  const platform = `${process.platform}/${process.arch === "x64" ? "amd64" : process.arch}`;
  stdout.write(expandTemplate(template, { version: `v${number}`, gitCommit: commit, platform }));
  return exitCode.ok;
};
