/** Which modules a command is for, where it says so (`-m`): those of the project as it was loaded, required ones included. */
import type { Project } from "../config/project.ts";
import type { FlagValues } from "./flags.ts";

/** Ids of the modules; undefined: all of the project, also those that are gone from its files. */
export function chosenModules(flags: FlagValues, { modules }: Project): ReadonlySet<string> | undefined {
  return flags.list("module").length === 0 ? undefined : new Set(modules.map(({ id }) => id));
}
