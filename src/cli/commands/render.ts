/** `devloop render`. */
import { exitCode } from "../../diag/exit.ts";
import type { Run } from "../command.ts";

export const run: Run = async () => exitCode.failed;
