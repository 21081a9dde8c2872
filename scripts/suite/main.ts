/**
 * The whole suite: the program, the checks, then every test file in a process of its own, so that one that hangs or dies
 * takes nothing with it. Files without a cluster run two at a time, end-to-end ones alone. `--quick` leaves those out.
 * What is random is drawn from one seed, DEVLOOP_TEST_SEED or a fixed one: a run fails for what was changed, not by luck.
 *
 * Ends with `N passed, N failed` alone on the last line. Fails on a failure and, where CI is set, on a skipped test.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "./command.ts";
import { closingLine, ofCheck, ofTests, type Result } from "./result.ts";

const root = join(import.meta.dir, "../..");
const bun = process.execPath;
const limits = { check: 300, test: 900, endToEnd: 1800 };

const checks: readonly (readonly [string, readonly string[]])[] = [
  ["build", [bun, "build.ts"]],
  ["types", [bun, "node_modules/.bin/tsc"]],
  ["lint", [bun, "node_modules/.bin/biome", "check"]],
  ["layers", [bun, "scripts/check-layers.ts"]],
  ["unused code", [bun, "node_modules/.bin/knip"]],
  ["lock", [bun, "scripts/check-lock.ts"]],
  ["shell", ["bash", "-c", "shellcheck .ci/run $(grep -rlE '^#(!/bin/(ba)?sh| shellcheck shell)' scripts)"]],
];

process.env.DEVLOOP_TEST_SEED ??= "20260101";
const results: Result[] = [];

/** Says at once how a part ended: one line, or all of its output where it failed. */
function record(result: Result): void {
  results.push(result);
  const state = result.failed === 0 ? "ok  " : "FAIL";
  const tests = result.passed + result.failed;
  console.log(`${state}  ${String(tests).padStart(4)}  ${result.seconds.toFixed(1).padStart(6)} s  ${result.name}`);
  if (result.failed > 0) console.log(result.output.trimEnd().replace(/^/gm, "      "));
}

async function runFile(file: string, limit: number, reports: string): Promise<Result> {
  const report = join(reports, file.replaceAll("/", "-"));
  const isProperty = (await Bun.file(join(root, file)).text()).includes("fast-check");
  const preload = isProperty ? ["--preload", "./test/rig/fixed-seed.ts"] : [];
  const options = ["--timeout", "300000", "--reporter=junit", `--reporter-outfile=${report}`];
  const argv = [bun, "test", `./${file}`, ...preload, ...options];
  const finished = await runCommand(argv, root, limit);
  const written = Bun.file(report);
  return ofTests(file, finished, limit, (await written.exists()) ? await written.text() : "");
}

/** Runs the files in their order, so many at a time. */
async function runFiles(files: readonly string[], limit: number, atOnce: number, reports: string): Promise<void> {
  const left = files.values();
  const worker = async () => {
    for (const file of left) record(await runFile(file, limit, reports));
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

for (const [name, argv] of checks) record(ofCheck(name, await runCommand(argv, root, limits.check), limits.check));
const files = (await Array.fromAsync(new Bun.Glob("test/**/*.test.ts").scan({ cwd: root }))).sort();
const isEndToEnd = (file: string) => file.endsWith(".e2e.test.ts");
const reports = await mkdtemp(join(tmpdir(), "devloop-reports-"));
try {
  await runFiles(
    files.filter((file) => !isEndToEnd(file)),
    limits.test,
    2,
    reports,
  );
  if (!process.argv.includes("--quick")) await runFiles(files.filter(isEndToEnd), limits.endToEnd, 1, reports);
} finally {
  await rm(reports, { recursive: true });
}

const failed = results.filter((result) => result.failed > 0);
if (failed.length > 0) console.log(`failed: ${failed.map((result) => result.name).join(", ")}`);
const skipped = results.flatMap((result) => result.skipped.map((test) => `${result.name}: ${test}`));
for (const test of skipped) console.log(`skipped: ${test}`);
console.log(closingLine(results));
process.exit(failed.length > 0 || (skipped.length > 0 && process.env.CI === "true") ? 1 : 0);
