import { expect, test } from "bun:test";
import { Unreachable } from "../../src/cluster/connect/api-error.ts";
import { connect } from "../../src/cluster/connect/connect.ts";
import { clusterId } from "../../src/cluster/connect/identity.ts";
import { applyObject } from "../../src/cluster/objects/apply.ts";
import { type CacheEvent, watched } from "../../src/cluster/watch/watch-cache.ts";
import { eventually } from "../rig/eventually.ts";
import { testEngine, testTarget } from "../rig/kind-node.ts";
import { proxiedCluster } from "../rig/proxied-cluster.ts";
import { docker } from "../rig/scratch-image.ts";

const signal = new AbortController().signal;

/** The only test that disturbs the cluster: a freeze of a second, then one kill; the kubelet starts it again. */
test("an API server that freezes, and is then killed: clear errors in time, and all goes on after it", async () => {
  const target = await testTarget(await testEngine());
  const node = target.nodes[0]?.container ?? "";
  const signalServer = (name: string) => docker("exec", node, "pkill", `-${name}`, "kube-apiserver");
  await using at = await proxiedCluster("server");
  const impatient = await connect({ kubeconfig: at.proxy.kubeconfig, env: {}, limits: { connectMs: 700 } });
  const maps = { apiVersion: "v1", kind: "ConfigMap", namespace: at.namespace };
  const put = (value: string) => {
    const metadata = { name: "survivor", namespace: at.namespace };
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata, data: { value } };
    return applyObject(at.cluster, object, undefined, { manager: "devloop", force: true }, signal);
  };
  const events: CacheEvent[] = [];
  using cache = watched(at.cluster, maps, (event) => events.push(event));
  await cache.ready(signal);
  await put("1");

  await signalServer("STOP");
  try {
    const frozen = await clusterId(impatient, signal).catch((error) => error);
    expect(frozen).toBeInstanceOf(Unreachable);
    expect(frozen.message).toContain("did not answer within 0.7 s");
  } finally {
    await signalServer("CONT");
  }
  await eventually("an answer after the thaw", () => put("2"));

  await signalServer("KILL");
  await eventually("the watch to notice", () => events.some((e) => e.kind === "lost") || undefined);
  await eventually("an apply after the restart", () => put("3"));
  await eventually("the watch to see it", () => cache.get("survivor", at.namespace)?.data.value === "3" || undefined);
  expect(events.at(-1)).toMatchObject({ kind: "set" });
  expect(events.findLastIndex((e) => e.kind === "restored")).toBeGreaterThan(
    events.findLastIndex((e) => e.kind === "lost"),
  );
});
