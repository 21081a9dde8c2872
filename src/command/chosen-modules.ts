/** The modules that `-m` selects for a command, with the modules that they require. */
import type { Project } from "../config/project.ts";
import type { FlagValues } from "./flags.ts";

/** Ids of the modules; undefined: all of the project, including those that are removed from its files. */
export function chosenModules(flags: FlagValues, { modules }: Project): ReadonlySet<string> | undefined {
  return flags.list("module").length === 0 ? undefined : new Set(modules.map(({ id }) => id));
}
