import { afterAll, beforeAll, expect, test } from "bun:test";
import type { KubeObject } from "../../src/cluster/cluster.ts";
import { applyObject } from "../../src/cluster/objects/apply.ts";
import { managerEntries } from "../../src/cluster/objects/managed-fields.ts";
import { getObject, listObjects } from "../../src/cluster/objects/objects.ts";
import { watched } from "../../src/cluster/watch/watch-cache.ts";
import { Failure } from "../../src/diag/failure.ts";
import { eventually } from "../rig/eventually.ts";
import type { KubeFault } from "../rig/kube-proxy.ts";
import { type ProxiedCluster, proxiedCluster } from "../rig/proxied-cluster.ts";

const signal = new AbortController().signal;
let at: ProxiedCluster;
beforeAll(async () => {
  at = await proxiedCluster("faults");
});
afterAll(() => at[Symbol.asyncDispose]());

/** A generator that repeats for its seed (mulberry32), so that a failing schedule can be run again. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const status = (code: number, reason: string) => ({
  kind: "Status",
  apiVersion: "v1",
  status: "Failure",
  code,
  reason,
  message: reason,
});
const faults: readonly (() => KubeFault)[] = [
  () => ({ kind: "answer", status: 429, body: status(429, "TooManyRequests"), retryAfter: 0 }),
  () => ({ kind: "answer", status: 500, body: status(500, "InternalError") }),
  () => ({ kind: "answer", status: 409, body: status(409, "Conflict") }),
  () => ({ kind: "answer", status: 410, body: status(410, "Expired") }),
  () => ({ kind: "cut", after: 0 }),
  () => ({ kind: "cut", after: 300 }),
  () => ({ kind: "lose-answer" }),
  () => ({ kind: "hold", until: Bun.sleep(30) }),
];

test.each(Array.from({ length: 25 }, (_, seed) => seed + 1))(
  "schedule %p: every apply ends well or with an exact error, and the watch ends at the truth",
  async (seed) => {
    const next = random(seed);
    const name = (i: number) => `s${seed}-${i}`;
    const object = (i: number, value: string): KubeObject => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: name(i), namespace: at.namespace },
      data: { value },
    });
    const maps = { apiVersion: "v1", kind: "ConfigMap", namespace: at.namespace };
    using cache = watched(at.cluster, maps, () => undefined);
    await cache.ready(signal);
    const ends = Array.from({ length: 6 }, () => {
      const method = next() < 0.6 ? "PATCH" : "GET";
      const fault = faults[Math.floor(next() * faults.length)] as () => KubeFault;
      return at.proxy.rule(method, /configmaps/, fault(), 1 + Math.floor(next() * 2));
    });
    const outcomes = await Promise.all(
      [0, 1, 2].map(async (i) => {
        try {
          const live = await getObject(at.cluster, { ...maps, name: name(i) }, signal);
          return await applyObject(at.cluster, object(i, "1"), live, { manager: "devloop", force: true }, signal);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(Failure);
          expect((thrown as Failure).message).not.toContain("undefined");
          return undefined;
        }
      }),
    );
    if (next() < 0.5) at.proxy.cut(/configmaps$/);
    for (const end of ends) end();
    for (const [i, outcome] of outcomes.entries())
      if (outcome)
        expect((await getObject(at.cluster, { ...maps, name: name(i) }, signal))?.data).toEqual({ value: "1" });
    for (const i of [0, 1, 2]) {
      const live = await getObject(at.cluster, { ...maps, name: name(i) }, signal);
      const { object: after } = await applyObject(
        at.cluster,
        object(i, "2"),
        live,
        { manager: "devloop", force: true },
        signal,
      );
      expect(managerEntries(after).map((entry) => entry.manager)).toEqual(["devloop"]);
    }
    const truth = await listObjects(at.cluster, maps, signal);
    await eventually(
      "the watch's copy to be the truth",
      () =>
        truth.items.every((item) => cache.get(item.metadata.name, at.namespace)?.data?.value === item.data?.value) ||
        undefined,
    );
  },
);
