/** The functions of the configuration's templates: sprig's over the given environment, and `cmd`. */
import type { Environment } from "../environment.ts";
import { sprig } from "./sprig/sprig.ts";
import { FunctionError, type TemplateFunction } from "./value.ts";

/** @param runCommand returns the trimmed output; absent where no process may be started */
export function templateFunctions(
  environment: Environment,
  runCommand: ((argv: readonly string[]) => string) | undefined,
): ReadonlyMap<string, TemplateFunction> {
  return new Map<string, TemplateFunction>([
    ...sprig((name) => environment.get(name)),
    [
      "cmd",
      (args) => {
        if (!runCommand) throw new FunctionError("commands cannot be run here");
        try {
          return runCommand(args.map(String));
        } catch (thrown) {
          throw new FunctionError(thrown instanceof Error ? thrown.message : String(thrown));
        }
      },
    ],
  ]);
}
