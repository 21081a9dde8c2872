#!/usr/bin/env bun
/**
 * `devloop diagnose --yaml-only` as whole processes, beside a bare start-up (`devloop version`): of a configuration that
 * has not changed, and of one that is loaded anew every time. Budget of the first: 40 ms above start-up.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { command, printFigures, sideBySide } from "./measure.ts";

const binary = join(import.meta.dir, "../dist/devloop");

/** About 2,000 lines. */
function longConfig(): string {
  const artifacts = Array.from(
    { length: 200 },
    (_, i) =>
      `    - image: example/long-${i}\n      context: .\n      docker:\n        dockerfile: Dockerfile\n        buildArgs:\n          VERSION: "{{.IMAGE_TAG}}"\n      sync:\n        infer: ["**/*.html"]\n`,
  );
  const profiles = Array.from(
    { length: 70 },
    (_, i) =>
      `  - name: profile-${i}\n    activation:\n      - env: STAGE=stage-${i}\n    deploy:\n      statusCheck: false\n`,
  );
  return `apiVersion: skaffold/v4beta14\nkind: Config\nbuild:\n  artifacts:\n${artifacts.join("")}profiles:\n${profiles.join("")}`;
}

const root = mkdtempSync(join(tmpdir(), "devloop-bench-diagnose-"));
try {
  const [warm, cold] = [join(root, "warm"), join(root, "cold")];
  mkdirSync(warm);
  mkdirSync(cold);
  const text = longConfig();
  writeFileSync(join(warm, "skaffold.yaml"), text);
  let change = 0;
  const diagnose = (cwd: string) => command([binary, "diagnose", "--yaml-only"], cwd, { DEVLOOP_HOME: root });
  const figures = await sideBySide(
    [
      { name: "devloop version", run: () => command([binary, "version"], warm) },
      { name: `${text.split("\n").length} lines, unchanged`, run: () => diagnose(warm) },
      {
        name: "the same, changed every time",
        run() {
          writeFileSync(join(cold, "skaffold.yaml"), `${text}# ${change++}\n`);
          return diagnose(cold);
        },
      },
    ],
    21,
  );
  printFigures(figures);
  const [version, unchanged] = figures;
  console.log(
    `unchanged: ${((unchanged?.median ?? 0) - (version?.median ?? 0)).toFixed(1)} ms above start-up (budget 40)`,
  );
} finally {
  rmSync(root, { recursive: true });
}
