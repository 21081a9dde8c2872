/** Changes that make no difference, each with the reason: judged by hand, and not counted by `main.ts`. */
import type { Mutant } from "./operators.ts";

/** `file | line before | line after` -> why it is the same. */
const known: Readonly<Record<string, string>> = {
  "src/image/target.ts | const nodes = containers.map((c) => ({ name: c.name, container: c.name })).sort((a, b) => (a.name < b.name ? -1 : 1)); | const nodes = containers.map((c) => ({ name: c.name, container: c.name })).sort((a, b) => (a.name <= b.name ? -1 : 1));":
    "no two containers have one name",
};

export function equivalence({ file, before, after }: Mutant): string | undefined {
  return known[`${file} | ${before} | ${after}`];
}
