#!/usr/bin/env bun
/**
 * `devloop diagnose --yaml-only` as whole processes, beside a bare start-up (`devloop version`) and beside a program,
 * compiled in the same way, that only parses the same files. Budgets: an unchanged configuration 40 ms above start-up, a
 * changed one of 2,000 lines 1.3 times the program that parses, 200 modules of 5 artifacts 300 ms.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { artifactsEach, longConfig, modules, writeModules } from "./config-files.ts";
import { command, type Figure, printFigures, sideBySide } from "./measure.ts";

const binary = join(import.meta.dir, "../dist/devloop");

/** As `build.ts` compiles devloop. */
async function compileParser(outfile: string): Promise<void> {
  await Bun.build({
    entrypoints: [join(import.meta.dir, "bare-parse.ts")],
    compile: { outfile, autoloadDotenv: false, autoloadBunfig: false },
    target: "bun",
    format: "esm",
    minify: true,
    bytecode: true,
    splitting: true,
  });
}

/** Cold against the parser alone, of medians and of the quickest runs: these are least disturbed by other programs. */
function printRatio(what: string, figure: Figure | undefined, parsed: Figure | undefined): void {
  const ratio = (of: "median" | "min") => ((figure?.[of] ?? 0) / (parsed?.[of] ?? 1)).toFixed(2);
  console.log(`${what} / only parsed: ${ratio("median")}, of the quickest ${ratio("min")} (budget 1.3)`);
}

const root = mkdtempSync(join(tmpdir(), "devloop-bench-diagnose-"));
try {
  const [warm, cold, old, many] = ["warm", "cold", "old", "many"].map((name) => join(root, name)) as [
    string,
    string,
    string,
    string,
  ];
  for (const folder of [warm, cold, old, many]) mkdirSync(folder);
  const parser = join(root, "parser");
  await compileParser(parser);
  const text = longConfig();
  writeFileSync(join(warm, "skaffold.yaml"), text);
  const files = writeModules(many);
  let change = 0;
  const diagnose = (cwd: string) => command([binary, "diagnose", "--yaml-only"], cwd, { DEVLOOP_HOME: root });
  const changed = (folder: string, config: string) => {
    writeFileSync(join(folder, "skaffold.yaml"), `${config}# ${change++}\n`);
    return diagnose(folder);
  };
  const lines = text.split("\n").length;
  const figures = await sideBySide(
    [
      { name: "devloop version", run: () => command([binary, "version"], warm) },
      { name: `${lines} lines, unchanged`, run: () => diagnose(warm) },
      { name: "the same, changed every time", run: () => changed(cold, text) },
      { name: "the same in v2beta29, changed", run: () => changed(old, text.replace("v4beta14", "v2beta29")) },
      { name: "the same, only parsed", run: () => command([parser, join(warm, "skaffold.yaml")], warm) },
      {
        name: `${modules} modules of ${artifactsEach}, changed`,
        run: () =>
          changed(many, `apiVersion: skaffold/v4beta14\nkind: Config\nrequires:\n  - path: module-${modules - 1}\n`),
      },
      { name: "the same, only parsed", run: () => command([parser, ...files], many) },
    ],
    21,
  );
  printFigures(figures);
  const [version, unchanged, anew, older, parsed, project] = figures;
  console.log(
    `unchanged: ${((unchanged?.median ?? 0) - (version?.median ?? 0)).toFixed(1)} ms above start-up (budget 40)`,
  );
  printRatio("changed", anew, parsed);
  printRatio("changed, in an older version", older, parsed);
  console.log(`${modules} modules: ${project?.median.toFixed(0)} ms as a whole process (budget 300)`);
} finally {
  rmSync(root, { recursive: true });
}
