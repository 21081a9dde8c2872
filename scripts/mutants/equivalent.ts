/** Changes that make no difference, each with the reason: judged by hand, and not counted by `main.ts`. */
import type { Mutant } from "./operators.ts";

/** `file | line before | line after` -> why it is the same. */
const known: Readonly<Record<string, string>> = {};

export function equivalence({ file, before, after }: Mutant): string | undefined {
  return known[`${file} | ${before} | ${after}`];
}
