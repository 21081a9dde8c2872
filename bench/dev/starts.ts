/** Starts of `dev` and `run`: with nothing there, and with nothing changed. */
import type { Cluster } from "../../src/cluster/cluster.ts";
import { listObjects } from "../../src/cluster/objects/objects.ts";
import { command } from "../measure.ts";
import type { ByHand } from "./by-hand.ts";
import type { Example } from "./example.ts";
import type { Row } from "./rows.ts";
import { timedDev, timedRun } from "./timed-starts.ts";

const { signal } = new AbortController();

export async function starts(project: Example, cluster: Cluster, hand: ByHand, rounds: number): Promise<Row[]> {
  const list = { apiVersion: "apps/v1", kind: "Deployment", namespace: project.namespace };
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
    const cold = await timedDev(project);
    const byHand = await timed(() => hand.start());
    await hand.stop();
    await timedDev(project, "--cleanup=false");
    const warm = await timedDev(project, "--cleanup=false");
    const run = await timedRun(project);
    const floor = (await timed(() => command(["true"]))) + (await timed(() => listObjects(cluster, list, signal)));
    await timedDev(project);
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
