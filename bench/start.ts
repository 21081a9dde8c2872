/**
 * What every command pays to start: `devloop version` and `--help` as whole processes beside `true`.
 * Budget: a median of at most 25 ms above `true`.
 */
import { join } from "node:path";
import { command, printFigures, sideBySide } from "./measure.ts";

const binary = join(import.meta.dir, "../dist/devloop");
const figures = await sideBySide(
  [
    { name: "true", run: () => command(["true"]) },
    { name: "devloop version", run: () => command([binary, "version"]) },
    { name: "devloop --help", run: () => command([binary, "--help"]) },
  ],
  21,
);
printFigures(figures);
const [floor, ...ours] = figures;
for (const f of ours)
  console.log(`${f.name}: ${(f.median - (floor?.median ?? 0)).toFixed(1)} ms above true (budget 25)`);
