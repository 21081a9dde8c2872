#!/usr/bin/env bun
/**
 * A build context of 50,000 files. As whole processes in turn: a `build` with nothing to do, beside a walk with a status
 * call for each file. In one process: a saved file until its build is planned. Needs `dist/devloop` (or what
 * DEVLOOP_BENCH_PROGRAM names) and an engine. On a busy machine the processor's time tells more than the clock's.
 *
 * Budgets: the build at most 1.2 times the walk and 60 ms, and 140 MiB; planned within 5 ms.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { docker } from "../test/rig/scratch-image.ts";
import { planned } from "./files/planned.ts";
import { makeTree } from "./files/tree.ts";
import { type Cost, wholeProcess } from "./files/whole-process.ts";
import { figure, printFigures } from "./measure.ts";

const rounds = Number(process.argv[2] ?? 9);
const binary = process.env.DEVLOOP_BENCH_PROGRAM ?? join(import.meta.dir, "../dist/devloop");
const made = join(tmpdir(), `devloop-bench-files-${process.pid}`);
const image = `devloop-bench-files-${process.pid}`;
const context = join(made, "app");
const config = `apiVersion: skaffold/v4beta11
kind: Config
metadata: {name: bench-files}
build:
  tagPolicy: {sha256: {}}
  artifacts:
    - {image: ${image}, context: app}
  local: {push: false}
`;

try {
  mkdirSync(context, { recursive: true });
  makeTree(join(context, "tree"), 1);
  writeFileSync(join(context, "Dockerfile"), "FROM scratch\nCOPY tree /tree\n");
  writeFileSync(join(context, ".dockerignore"), "node_modules\n**/*.log\ndist\n");
  writeFileSync(join(made, "skaffold.yaml"), config);
  await beside();
  const figures = [figure("a saved file -> its build is planned", await planned(context, join(made, "session"), 41))];
  printFigures(figures);
  console.log(`planned within ${figures[0]?.median.toFixed(1)} ms (budget 5)`);
} finally {
  rmSync(made, { recursive: true, force: true });
  await docker(
    "rmi",
    "-f",
    ...(await docker("images", "--format", "{{.ID}}", image)).split("\n").filter(Boolean),
  ).catch(() => undefined);
}

/** The first build makes the image; each later one finds that nothing changed. */
async function beside(): Promise<void> {
  const env = { DEVLOOP_HOME: join(made, "home") };
  const build = () => wholeProcess([binary, "build"], made, env);
  const walk = () =>
    wholeProcess([process.execPath, join(import.meta.dir, "files/walk.ts"), join(context, "tree")], made);
  await build();
  await build();
  const taken = { walk: [] as Cost[], build: [] as Cost[] };
  for (let round = 0; round < rounds; round++) {
    taken.walk.push(await walk());
    taken.build.push(await build());
  }
  const of = (name: string, costs: readonly Cost[], what: keyof Cost) =>
    figure(
      name,
      costs.map((cost) => cost[what]),
    );
  const rows = (["wall", "cpu"] as const).map((what) => ({
    what,
    walk: of(`walk of 50,000 files, whole process, ${what}`, taken.walk, what),
    build: of(`build with nothing to do, whole process, ${what}`, taken.build, what),
  }));
  printFigures(rows.flatMap(({ walk: floor, build: ours }) => [floor, ours]));
  for (const { what, walk: floor, build: ours } of rows)
    console.log(`${what}: ${ours.median.toFixed(0)} ms (budget ${(1.2 * floor.median + 60).toFixed(0)})`);
  const memory = of("memory", taken.build, "mebibytes");
  console.log(`resident at most ${memory.max.toFixed(0)} MiB (budget 140)`);
}
