/** The nodes of the test cluster, found by the address of its API server, and what containerd in them lists. */
import { YAML } from "bun";
import type { Engine } from "../../src/image/engine/engine.ts";
import { openEngine } from "../../src/image/open-engine.ts";
import { type NodesTarget, recogniseTarget } from "../../src/image/target.ts";
import { type TestCluster, testCluster } from "./cluster.ts";
import { docker } from "./scratch-image.ts";

export async function testEngine(): Promise<Engine> {
  return openEngine(process.env);
}

/** URL of the cluster's API server, from its kubeconfig. */
async function serverUrl({ kubeconfig, context }: TestCluster = testCluster): Promise<string> {
  const config = YAML.parse(await Bun.file(kubeconfig).text()) as {
    contexts: { name: string; context: { cluster: string } }[];
    clusters: { name: string; cluster: { server: string } }[];
  };
  const cluster = config.contexts.find((c) => c.name === context)?.context.cluster;
  const server = config.clusters.find((c) => c.name === cluster)?.cluster.server;
  if (!server) throw new Error(`${kubeconfig} has no cluster for the context ${context}`);
  return server;
}

export async function testTarget(engine: Engine, on: TestCluster = testCluster): Promise<NodesTarget> {
  const target = await recogniseTarget(
    engine,
    { url: await serverUrl(on) },
    async () => undefined,
    AbortSignal.timeout(120_000),
  );
  if (target.kind !== "nodes") throw new Error(`the test cluster has no nodes on this engine: ${target.why}`);
  return target;
}

/** Every image name that the node's containerd lists, asked with the docker client: an oracle beside our own code. */
export async function namesOn(container: string): Promise<string[]> {
  const out = await docker("exec", container, "ctr", "-n", "k8s.io", "images", "ls", "-q");
  return out.split("\n").filter((line) => line !== "");
}

/** Removes every name of a test's repositories, and the images behind them, from a node. */
export async function removeFrom(container: string, part: string): Promise<void> {
  const all = await docker("exec", container, "ctr", "-n", "k8s.io", "images", "ls");
  const rows = all.split("\n").map((line) => line.trim().split(/\s+/));
  const digests = new Set(rows.filter(([name]) => name?.includes(part)).map(([, , digest]) => digest));
  const names = rows.filter(([, , digest]) => digest && digests.has(digest)).map(([name]) => name ?? "");
  if (names.length > 0) await docker("exec", container, "ctr", "-n", "k8s.io", "images", "rm", ...names);
}
