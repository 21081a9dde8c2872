#!/usr/bin/env bun
/**
 * What loading a configuration costs: many modules at once, and one long file beside a bare parse of it in the same
 * process. Best of several rounds for the first, median for the rest.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { loadProject } from "../src/config/load/load.ts";

const modules = 200;
const artifactsEach = 5;

export async function benchConfig(): Promise<Readonly<Record<string, number>>> {
  const root = mkdtempSync(join(tmpdir(), "devloop-bench-config-"));
  try {
    writeModules(root);
    const long = join(root, "long");
    mkdirSync(long);
    const text = longConfig();
    writeFileSync(join(long, "skaffold.yaml"), text);
    const first = await timed(() => load(root));
    const cold = await timed(() => load(long));
    const bareCold = await timed(async () => void parseDocument(text));
    const many = await median(9, () => load(root));
    const one = await median(15, () => load(long));
    const bare = await median(15, async () => void parseDocument(text));
    return { first, many, cold, bareCold, one, bare, ratio: one / bare, lines: text.split("\n").length };
  } finally {
    rmSync(root, { recursive: true });
  }
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

/** Every tenth module requires the nine before it, and the root all of those. */
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

async function timed(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

async function median(rounds: number, work: () => Promise<void>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < rounds; i++) times.push(await timed(work));
  return times.sort((a, b) => a - b)[Math.floor(rounds / 2)] as number;
}

if (import.meta.main) {
  const r = await benchConfig();
  const ms = (name: string) => `${r[name]?.toFixed(1)} ms`;
  console.log(`${modules} modules of ${artifactsEach} artifacts: ${ms("first")} at first, ${ms("many")} warmed up`);
  console.log(`one file of ${r.lines} lines, loaded:  ${ms("cold")} at first, ${ms("one")} warmed up`);
  console.log(`the same, only parsed:           ${ms("bareCold")} at first, ${ms("bare")} warmed up`);
  console.log(`ratio ${r.ratio?.toFixed(2)}`);
}
