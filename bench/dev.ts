#!/usr/bin/env bun
/**
 * `devloop dev` on the example, from outside, beside what the same things cost by hand in the same run:
 * `bun run build.ts && bun bench/dev.ts [ROUNDS] [SAVES]`. Needs a cluster as the end-to-end tests do (`scripts/cluster up`;
 * DEVLOOP_TEST_KUBECONFIG and DEVLOOP_TEST_CONTEXT name it). Takes some minutes and leaves nothing behind.
 * DEVLOOP_BENCH_PROGRAM measures another program than `dist/devloop`: the one of an earlier commit.
 *
 * Budgets: idle at most 120 MiB resident, all its processes together; a synced save at most 5 ms above the quiet time
 * plus the bare write; a rebuilt save at most 1.2 times what its parts take by hand; 2,000 synced saves leave at most
 * 20 MiB more resident.
 */
import { connect } from "../src/cluster/connect/connect.ts";
import { context, kubeconfig } from "../test/rig/cluster.ts";
import { byHand } from "./dev/by-hand.ts";
import { end, example, watching } from "./dev/example.ts";
import { manySaves } from "./dev/many-saves.ts";
import { residentTree } from "./dev/resident.ts";
import { printRows } from "./dev/rows.ts";
import { saves } from "./dev/saves.ts";
import { starts } from "./dev/starts.ts";

const rounds = Number(process.argv[2] ?? 5);
const idleMs = 20_000;
const many = Number(process.argv[3] ?? 2_000);

await using project = await example();
const cluster = await connect({ kubeconfig, context, env: {} });
await using hand = await byHand(project, cluster);
const started = await starts(project, cluster, hand, rounds);
await using session = project.start("dev");
await session.line(watching);
await Bun.sleep(idleMs);
const idle = await residentTree(session.pid);
const saved = await saves(project, session, cluster, hand, rounds);
const after = await residentTree(session.pid);
const grown = await manySaves(project, session, many);
await end(session);

printRows([...started, ...saved]);
console.log(
  `idle after ${idleMs / 1000} s: ${idle.mebibytes.toFixed(0)} MiB in ${idle.processes} process(es) (budget 120)`,
);
console.log(`after the saves: ${after.mebibytes.toFixed(0)} MiB`);
console.log(
  `memory after ${grown.saves} saves: ${grown.after.toFixed(0)} MiB, ${grown.before.toFixed(0)} before (budget: 20 more)`,
);
