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
import { artifactsEach, longConfig, modules, writeModules } from "./config-files.ts";
import { printFigures, sideBySide } from "./measure.ts";

async function bench(root: string): Promise<void> {
  writeModules(root);
  const long = join(root, "long");
  mkdirSync(long);
  const text = longConfig();
  writeFileSync(join(long, "skaffold.yaml"), text);
  writeFileSync(join(long, "Dockerfile"), "FROM scratch\n");
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

const root = mkdtempSync(join(tmpdir(), "devloop-bench-config-"));
try {
  await bench(root);
} finally {
  rmSync(root, { recursive: true });
}
