/** Starts of `dev` and `run`: with nothing there, and with nothing changed. */
import type { Cluster } from "../../src/cluster/cluster.ts";
import { listObjects } from "../../src/cluster/objects/objects.ts";
import { command } from "../measure.ts";
import type { ByHand } from "./by-hand.ts";
import { type Example, end, watching } from "./example.ts";
import type { Row } from "./rows.ts";

const { signal } = new AbortController();

export async function starts(project: Example, cluster: Cluster, hand: ByHand, rounds: number): Promise<Row[]> {
  const list = { apiVersion: "apps/v1", kind: "Deployment", namespace: project.namespace };
  const begins = async (...args: string[]) => {
    const started = performance.now();
    await using session = project.start("dev", ...args);
    await session.line(watching);
    const took = performance.now() - started;
    await end(session);
    return took;
  };
  const runs = async () => {
    const started = performance.now();
    await using run = project.start("run");
    if ((await run.exit()) !== 0) throw new Error(run.text);
    return performance.now() - started;
  };
  const taken = {
    cold: [] as number[],
    byHand: [] as number[],
    warm: [] as number[],
    run: [] as number[],
    floor: [] as number[],
  };
  // The first round brings the images to engine and node, and warms up.
  for (let round = -1; round < rounds; round++) {
    await project.forget();
    const cold = await begins();
    const byHand = await timed(() => hand.start());
    await hand.stop();
    await begins("--cleanup=false");
    const warm = await begins("--cleanup=false");
    const run = await runs();
    const floor = (await timed(() => command(["true"]))) + (await timed(() => listObjects(cluster, list, signal)));
    await begins();
    if (round < 0) continue;
    for (const [name, value] of Object.entries({ cold, byHand, warm, run, floor }))
      taken[name as keyof typeof taken].push(value);
  }
  const floor = { floorName: "`true` and one LIST", floor: taken.floor };
  return [
    {
      name: "start, nothing there -> watching",
      ours: taken.cold,
      floorName: "buildx, kubectl apply, rollout status",
      floor: taken.byHand,
    },
    { name: "start, nothing changed -> watching", ours: taken.warm, ...floor },
    { name: "run, nothing changed, whole process", ours: taken.run, ...floor },
  ];
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
