#!/usr/bin/env bun
/**
 * What loading a configuration costs: many modules at once, and one long file beside a bare parse of it in the same
 * process. Budgets: 300 ms for the modules, 1.3 times the parse for the file.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { loadProject } from "../src/config/load/load.ts";
import { printFigures, sideBySide } from "./measure.ts";

const modules = 200;
const artifactsEach = 5;

async function bench(root: string): Promise<void> {
  writeModules(root);
  const long = join(root, "long");
  mkdirSync(long);
  const text = longConfig();
  writeFileSync(join(long, "skaffold.yaml"), text);
  const started = performance.now();
  await load(root);
  console.log(
    `${modules} modules of ${artifactsEach} artifacts, first thing in the process: ${(performance.now() - started).toFixed(0)} ms`,
  );
  const figures = await sideBySide(
    [
      { name: `${modules} modules of ${artifactsEach} artifacts, warmed up`, run: () => load(root) },
      { name: `${text.split("\n").length} lines, loaded`, run: () => load(long) },
      { name: "the same lines, only parsed", run: () => void parseDocument(text) },
    ],
    15,
  );
  printFigures(figures);
  const [, loaded, parsed] = figures;
  console.log(`loaded / parsed: ${((loaded?.median ?? 0) / (parsed?.median ?? 1)).toFixed(2)} (budget 1.3)`);
}

async function load(cwd: string): Promise<void> {
  const { project, diagnostics } = await loadProject({
    cwd,
    environment: {},
    command: "dev",
    signal: new AbortController().signal,
  });
  if (!project) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
}

/** A chain: every module requires the one before it, and the root the last. */
function writeModules(root: string): void {
  const header = "apiVersion: skaffold/v4beta14\nkind: Config\n";
  for (let i = 0; i < modules; i++) {
    const folder = join(root, `module-${i}`);
    mkdirSync(folder);
    writeFileSync(join(folder, "Dockerfile"), "FROM scratch\n");
    const requires = i > 0 ? `requires:\n  - path: ../module-${i - 1}\n    configs: [module-${i - 1}]\n` : "";
    const artifacts = Array.from({ length: artifactsEach }, (_, n) => artifact(`module-${i}-${n}`)).join("");
    const deploy = `deploy:\n  kubectl:\n    flags:\n      apply: [--server-side]\n`;
    const config = `${header}metadata:\n  name: module-${i}\n${requires}build:\n  artifacts:\n${artifacts}${deploy}`;
    writeFileSync(join(folder, "skaffold.yaml"), config);
  }
  const config = `${header}requires:\n  - path: module-${modules - 1}\n`;
  writeFileSync(join(root, "skaffold.yaml"), config);
}

function artifact(name: string): string {
  return `    - image: example/${name}\n      context: .\n      docker:\n        dockerfile: Dockerfile\n        buildArgs:\n          VERSION: "{{.IMAGE_TAG}}"\n      sync:\n        infer: ["**/*.html"]\n`;
}

/** About 2,000 lines: artifacts, forwards, profiles. */
function longConfig(): string {
  const artifacts = Array.from({ length: 150 }, (_, i) =>
    artifact(`long-${i}`).replace("context: .", "context: ../module-0"),
  );
  const forwards = Array.from(
    { length: 100 },
    (_, i) =>
      `  - resourceType: service\n    resourceName: long-${i}\n    port: ${8000 + i}\n    localPort: ${9000 + i}\n`,
  );
  const profiles = Array.from(
    { length: 60 },
    (_, i) =>
      `  - name: profile-${i}\n    activation:\n      - env: STAGE=stage-${i}\n    deploy:\n      kubeContext: context-${i}\n      statusCheck: false\n`,
  );
  return `apiVersion: skaffold/v4beta14\nkind: Config\nbuild:\n  artifacts:\n${artifacts.join("")}portForward:\n${forwards.join("")}profiles:\n${profiles.join("")}`;
}

const root = mkdtempSync(join(tmpdir(), "devloop-bench-config-"));
try {
  await bench(root);
} finally {
  rmSync(root, { recursive: true });
}
