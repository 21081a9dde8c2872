/**
 * Saves in a running session, each followed to where a person sees it. A question through a forward costs the machine
 * some ten milliseconds of work, so nobody asks while a build that they would slow down runs: only once the answer can
 * have changed.
 */
import type { Cluster } from "../../src/cluster/cluster.ts";
import { listObjects } from "../../src/cluster/objects/objects.ts";
import { ordinaryQuiet } from "../../src/dev/watch/debounce.ts";
import type { DevloopProcess } from "../../test/rig/devloop.ts";
import { type ByHand, saying } from "./by-hand.ts";
import { type ContainerShell, containerShell } from "./container-shell.ts";
import type { Example } from "./example.ts";
import type { Row } from "./rows.ts";

const { signal } = new AbortController();
const page = "web/templates/index.html";
const code = "web/main.go";

/** A synced file, the same file again, and the Go server's code. */
export async function saves(
  project: Example,
  session: DevloopProcess,
  cluster: Cluster,
  hand: ByHand,
  rounds: number,
): Promise<Row[]> {
  const told: number[] = [];
  const shown: number[] = [];
  const bare: number[] = [];
  const bareShown: number[] = [];
  const noops: number[] = [];
  const rebuilt: number[] = [];
  const rollouts: number[] = [];
  const quiet: number[] = [];
  await using shell = await shellOf(project, cluster);
  for (let round = -2; round < rounds * 3; round++) {
    const text = `page ${round} ${crypto.randomUUID()}`;
    let mark = session.mark();
    const saved = await project.save(page, (old) => old.replace(/<p>(page|Edit).*<\/p>/, `<p>${text}</p>`));
    const [line, answer] = await Promise.all([
      session.line(/^Synced in /, { from: mark }).then(() => performance.now()),
      answered(project.url, text),
    ]);
    // The same by hand, into the same file of the same container; then what the session believes is there again.
    const content = await Bun.file(`${project.directory}/${page}`).text();
    const byHand = `hand ${text}`;
    const started = performance.now();
    await shell.write("/app/templates/index.html", Buffer.from(content.replace(text, byHand)));
    const written = performance.now();
    const seen = await answered(project.url, byHand);
    await shell.write("/app/templates/index.html", Buffer.from(content));
    mark = session.mark();
    const same = await project.save(page, (old) => old);
    await session.line(/^(Nothing to do|Synced)/, { from: mark });
    const nothing = performance.now();
    if (round < 0) continue;
    told.push(line - saved);
    shown.push(answer - saved);
    bare.push(ordinaryQuiet.shortest + written - started);
    bareShown.push(ordinaryQuiet.shortest + seen - started);
    noops.push(nothing - same);
    quiet.push(ordinaryQuiet.shortest);
  }
  for (let round = -1; round < rounds; round++) {
    const words = `words ${round} ${crypto.randomUUID()}`;
    const mark = session.mark();
    const saved = await project.save(code, (old) => saying(old, words));
    await session.line(/^ - deployment\/web configured/, { from: mark });
    const answer = await answered(project.url, words);
    await session.line(/^Rebuilt and ready in /, { from: mark });
    const { build, deliver, begun } = await hand.rollout(`hand ${words}`);
    if (round < 0) continue;
    rebuilt.push(answer - saved);
    rollouts.push(ordinaryQuiet.shortest + build + deliver + begun);
  }
  return [
    {
      name: "save of a synced file -> sync line",
      ours: told,
      floorName: "quiet time + bare write over an open exec",
      floor: bare,
    },
    {
      name: "save of a synced file -> answered",
      ours: shown,
      floorName: "quiet time + bare write -> answered",
      floor: bareShown,
    },
    { name: "save without a change", ours: noops, floorName: "the quiet time", floor: quiet },
    {
      name: "save of the Go file -> answered",
      ours: rebuilt,
      floorName: "quiet time + build, layers, PATCH -> first line",
      floor: rollouts,
    },
  ];
}

/** Asks as a browser with nothing open would, again and again. @returns when the answer held the text */
async function answered(url: string, text: string): Promise<number> {
  const deadline = performance.now() + 60_000;
  while (performance.now() < deadline) {
    const answer = await fetch(url, { headers: { Connection: "close" }, signal: AbortSignal.timeout(5000) })
      .then((response) => response.text())
      .catch(() => "");
    if (answer.includes(text)) return performance.now();
    await Bun.sleep(10);
  }
  throw new Error(`${url} never answered with ${JSON.stringify(text)}`);
}

async function shellOf({ namespace }: Example, cluster: Cluster): Promise<ContainerShell> {
  const { items } = await listObjects(
    cluster,
    { apiVersion: "v1", kind: "Pod", namespace, labelSelector: "app=web" },
    signal,
  );
  const pod = items.find(({ metadata }) => metadata.deletionTimestamp === undefined);
  if (!pod) throw new Error("no pod of the Go server");
  return containerShell(cluster, { namespace, pod: pod.metadata.name, container: "web" });
}
