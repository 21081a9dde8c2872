/** `devloop version`: `vX.Y.Z`. */
import { exitCode } from "../../diag/exit.ts";
import type { Run } from "../command.ts";
import { version } from "../version.ts";

export const run: Run = async ({ stdout }) => {
  stdout.write(`v${version().version}\n`);
  return exitCode.ok;
};
