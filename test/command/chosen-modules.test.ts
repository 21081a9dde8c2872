/** Which modules a command is for. */
import { expect, test } from "bun:test";
import { chosenModules } from "../../src/command/chosen-modules.ts";
import { FlagValues } from "../../src/command/flags.ts";
import type { Project } from "../../src/config/project.ts";

const project = { modules: [{ id: "base" }, { id: "web" }] } as unknown as Project;

test("without a choice everything is meant, also what is gone from the files; with one the loaded modules are", () => {
  expect(chosenModules(new FlagValues(new Map(), new Set()), project)).toBeUndefined();
  // The project was loaded for `web`, which requires `base`.
  const flags = new FlagValues(new Map([["module", ["web"]]]), new Set(["module"]));
  expect(chosenModules(flags, project)).toEqual(new Set(["base", "web"]));
});
