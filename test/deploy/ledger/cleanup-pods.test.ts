/** Pods that are left behind by what was deleted: of created workloads alone, by whatever stands between. */
import { expect, test } from "bun:test";
import type { KubeObject } from "../../../src/cluster/cluster.ts";
import { followPods } from "../../../src/deploy/ledger/cleanup-pods.ts";
import type { Entry } from "../../../src/deploy/ledger/ledger-entry.ts";
import { refusal } from "../../rig/fake-api.ts";
import { MemoryCluster } from "../../rig/memory-cluster.ts";

const signal = () => new AbortController().signal;
function object(apiVersion: string, kind: string, name: string, owner?: string, namespace = "shop"): KubeObject {
  const ownerReferences = owner === undefined ? [] : [{ apiVersion: "v1", kind: "Any", name: "any", uid: owner }];
  return { apiVersion, kind, metadata: { name, namespace, uid: name, ownerReferences } };
}
function entry(apiVersion: string, kind: string, uid: string, more: object = {}): Entry {
  const ref = { apiVersion, kind, name: uid, namespace: "shop" };
  return { ref, uid, state: "created", order: 1, ...more } as Entry;
}

async function left(entries: readonly Entry[], at: MemoryCluster): Promise<readonly string[]> {
  const followed = await followPods(at.cluster, entries, signal());
  return (await followed.left(signal())).map(({ name }) => name).sort();
}

const all = () => {
  const at = new MemoryCluster();
  for (const one of [
    object("apps/v1", "ReplicaSet", "set", "deployment"),
    object("batch/v1", "Job", "run", "cron"),
    object("v1", "Pod", "of-deployment", "set"),
    object("v1", "Pod", "of-cron", "run"),
    object("v1", "Pod", "of-stateful", "stateful"),
    object("v1", "Pod", "bare"),
    object("v1", "Pod", "foreign", "other"),
    object("v1", "Pod", "elsewhere", "set", "other"),
  ])
    at.set(one);
  return at;
};

test.each<[string, Entry, readonly string[]]>([
  ["a deployment, by its replica set", entry("apps/v1", "Deployment", "deployment"), ["of-deployment"]],
  ["a cron job, by its jobs", entry("batch/v1", "CronJob", "cron"), ["of-cron"]],
  ["a stateful set", entry("apps/v1", "StatefulSet", "stateful"), ["of-stateful"]],
  ["a pod itself", entry("v1", "Pod", "bare"), ["bare"]],
  ["what was there before", entry("apps/v1", "StatefulSet", "stateful", { state: "changed" }), []],
  ["what was only meant to be made", entry("apps/v1", "StatefulSet", "stateful", { state: "creating" }), []],
  ["what is no object", entry("v1", "Pod", "bare", { thing: "release" }), []],
  ["a kind without pods", entry("v1", "ConfigMap", "stateful"), []],
])("of %s", async (_what, one, expected) => {
  expect(await left([one], all())).toEqual([...expected]);
});

test("several workloads are asked about in one round for each namespace; pods that go are not named", async () => {
  const at = all();
  const entries = [entry("apps/v1", "Deployment", "deployment"), entry("batch/v1", "CronJob", "cron")];
  const followed = await followPods(at.cluster, entries, signal());
  expect(at.asked.map((asked) => asked.split("?")[0])).toEqual([
    "GET /apis/apps/v1/namespaces/shop/replicasets",
    "GET /apis/batch/v1/namespaces/shop/jobs",
    "GET /api/v1/namespaces/shop/pods",
  ]);
  at.remove({ apiVersion: "v1", kind: "Pod", name: "of-cron", namespace: "shop" });
  expect((await followed.left(signal())).map(({ name }) => name)).toEqual(["of-deployment"]);
});

test("an entry without a namespace is in the connection's", async () => {
  const at = all();
  const ref = { apiVersion: "apps/v1", kind: "StatefulSet", name: "stateful" };
  const of = { ...entry("apps/v1", "StatefulSet", "stateful"), ref } as Entry;
  expect(await left([of], at)).toEqual(["of-stateful"]);
});

test("nothing is asked for, and nothing named, where nothing has pods or they cannot be listed", async () => {
  const at = all();
  expect(await left([entry("v1", "ConfigMap", "x")], at)).toEqual([]);
  expect(at.asked).toEqual([]);
  at.override = () => refusal(403, "Forbidden", "no");
  expect(await left([entry("v1", "Pod", "bare")], at)).toEqual([]);
});
