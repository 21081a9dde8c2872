/**
 * mutants [--count N] [--seed N] [FOLDER...]: changes one line of `src/` at a time, in a copy of the project, and says
 * which changes neither the nearest unit tests nor the types (and what lint makes of them) notice. What survives shows a test that is missing, or is no
 * mistake at all: such a change is written down in `equivalent.ts`, with the reason, and not counted.
 *
 * The sample is drawn by the seed from all changes of all folders. A test that fails without any change is left out.
 */
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { runCommand } from "../suite/command.ts";
import { draw } from "./draw.ts";
import { equivalence } from "./equivalent.ts";
import { Nearest } from "./nearest.ts";
import { type Mutant, mutantsOf } from "./operators.ts";

const root = join(import.meta.dir, "../..");
const usualFolders = ["graph", "store", "dev", "phase", "deploy", "image"];
/** A change that makes a test hang is noticed, too. */
const limitSeconds = 120;
const steps = 4;

type End = "tests" | "types" | "equivalent" | "survived";

/** Test file -> whether it passes without any change. */
const passes = new Map<string, boolean>();

const { values, positionals } = parseArgs({
  options: { count: { type: "string", default: "40" }, seed: { type: "string", default: "1" } },
  allowPositionals: true,
});
const folders = positionals.length > 0 ? positionals : usualFolders;
const all = (await Promise.all(folders.map(mutantsIn))).flat();
const drawn = draw(all, Number(values.count), Number(values.seed));
console.log(`${drawn.length} of ${all.length} changes in ${folders.join(", ")}, seed ${values.seed}`);

const copy = await mkdtemp(join(tmpdir(), "devloop-mutants-"));
const ends = new Map<string, Record<End, number>>();
try {
  await copyTo(copy);
  const nearest = await Nearest.open(copy);
  for (const mutant of drawn) {
    const [end, by] = await endOf(mutant, nearest);
    const folder = mutant.file.split("/")[1] ?? "";
    const counts = ends.get(folder) ?? { tests: 0, types: 0, equivalent: 0, survived: 0 };
    counts[end]++;
    ends.set(folder, counts);
    console.log(`${end.padEnd(10)} ${mutant.file}:${mutant.line} ${mutant.operator}: ${by}`);
    if (end === "survived") console.log(`             ${mutant.before}\n          -> ${mutant.after || "(nothing)"}`);
  }
} finally {
  await rm(copy, { recursive: true, force: true });
}
console.log("\nfolder     drawn  tests  types  survived  equivalent   score");
for (const [folder, counts] of [...ends].sort()) console.log(row(folder, counts));
if (ends.size > 1) console.log(row("all", sum([...ends.values()])));

async function mutantsIn(folder: string): Promise<readonly Mutant[]> {
  const glob = new Bun.Glob(`src/${folder}/**/*.ts`);
  const files = (await Array.fromAsync(glob.scan({ cwd: root }))).sort();
  const found = files.map(async (file) => mutantsOf(file, await Bun.file(join(root, file)).text()));
  return (await Promise.all(found)).flat();
}

/** Files that git knows or would take, as they are now. */
async function copyTo(folder: string): Promise<void> {
  const files = `git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$0" 2>/dev/null || true`;
  await runCommand(["bash", "-c", files, folder], root, limitSeconds);
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
}

async function endOf(mutant: Mutant, nearest: Nearest): Promise<readonly [End, string]> {
  const reason = equivalence(mutant);
  if (reason !== undefined) return ["equivalent", reason];
  const path = join(copy, mutant.file);
  const original = await Bun.file(path).text();
  try {
    for (const group of nearest.of(mutant.file, steps)) {
      const good = await withoutFailing(group, path, original, mutant.text);
      const failed = good.length > 0 ? await firstFailure(good) : undefined;
      if (failed !== undefined) return ["tests", failed];
    }
    await Bun.write(path, mutant.text);
    const types = await runCommand([process.execPath, "node_modules/.bin/tsc"], copy, limitSeconds);
    if (types.code !== 0) return ["types", firstError(types.output)];
    // Judged by types too: a promise that nobody waits for.
    const lint = ["node_modules/.bin/biome", "lint", "--error-on-warnings", mutant.file];
    const linted = await runCommand([process.execPath, ...lint], copy, limitSeconds);
    const rule = /lint\/[\w/]+/.exec(linted.output)?.[0];
    return linted.code === 0 ? ["survived", "nothing notices"] : ["types", rule ?? "it is no good style"];
  } finally {
    await Bun.write(path, original);
  }
}

/** Those of the tests that pass without any change. Leaves the changed text in place. */
async function withoutFailing(
  tests: readonly string[],
  path: string,
  original: string,
  changed: string,
): Promise<readonly string[]> {
  const unknown = tests.filter((test) => !passes.has(test));
  if (unknown.length > 0) await Bun.write(path, original);
  for (const test of unknown) {
    const good = (await firstFailure([test])) === undefined;
    passes.set(test, good);
    if (!good) console.log(`left out   ${test} fails without any change`);
  }
  await Bun.write(path, changed);
  return tests.filter((test) => passes.get(test));
}

/** What noticed; undefined where all pass. */
async function firstFailure(tests: readonly string[]): Promise<string | undefined> {
  const env = ["env", "-u", "DEVLOOP_TEST_KUBECONFIG", "DEVLOOP_TEST_SEED=1"];
  const files = tests.map((test) => `./${test}`);
  const options = ["--timeout", "20000", "--bail", "--preload", "./test/rig/fixed-seed.ts"];
  const finished = await runCommand([...env, process.execPath, "test", ...options, ...files], copy, limitSeconds);
  if (finished.code === 0) return undefined;
  if (finished.code === undefined) return "it hangs";
  return /^\(fail\) (.*?)(?: \[[\d.]+ms\])?$/m.exec(finished.output)?.[1] ?? "it cannot even be loaded";
}

function firstError(output: string): string {
  return /error (TS\d+: .*)/.exec(output)?.[1] ?? "it does not compile";
}

function sum(counts: readonly Record<End, number>[]): Record<End, number> {
  const total = (end: End) => counts.reduce((all, each) => all + each[end], 0);
  return { tests: total("tests"), types: total("types"), equivalent: total("equivalent"), survived: total("survived") };
}

function row(folder: string, { tests, types, equivalent, survived }: Record<End, number>): string {
  const judged = tests + types + survived;
  const score = judged === 0 ? "-" : `${Math.round((100 * (tests + types)) / judged)} %`;
  const numbers = [judged + equivalent, tests, types].map((n) => String(n).padStart(5)).join("  ");
  return `${folder.padEnd(9)}  ${numbers}  ${String(survived).padStart(8)}  ${String(equivalent).padStart(10)}  ${score.padStart(6)}`;
}
