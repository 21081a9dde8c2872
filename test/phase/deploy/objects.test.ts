/** Looks at live objects, applies, waits and what is left over, task by task against an API server in memory. */
import { describe, expect, test } from "bun:test";
import type { KubeObject } from "../../../src/cluster/cluster.ts";
import { applyRecord } from "../../../src/cluster/objects/drift.ts";
import { usualFlags } from "../../../src/deploy/apply/apply-flags.ts";
import { marked, type Owner } from "../../../src/deploy/apply/owner.ts";
import type { Ledger } from "../../../src/deploy/ledger/ledger.ts";
import type { Entry } from "../../../src/deploy/ledger/ledger-entry.ts";
import { Failure } from "../../../src/diag/failure.ts";
import { applyTask } from "../../../src/phase/deploy/apply.ts";
import type { DeployWork } from "../../../src/phase/deploy/deploy-work.ts";
import { leftOverTask } from "../../../src/phase/deploy/left-over.ts";
import { liveIdOf, liveTasks } from "../../../src/phase/deploy/live.ts";
import { missingNamespace } from "../../../src/phase/deploy/missing-namespace.ts";
import { waitBoard, waitTask } from "../../../src/phase/deploy/wait.ts";
import { clusterTaskId } from "../../../src/phase/ids.ts";
import { refusal } from "../../rig/fake-api.ts";
import { MemoryCluster } from "../../rig/memory-cluster.ts";
import { oneTask } from "../one-task.ts";

const owner = "0123456789abcdef" as Owner;
const ids = clusterTaskId("dev");
const place = { file: "a.yaml", line: 1, column: 1, length: 1, text: "" };

function workOn(at: MemoryCluster, more: Partial<DeployWork> = {}, entries: readonly Entry[] = []): DeployWork {
  const ledger = { entries: () => entries } as unknown as Ledger;
  return {
    ...{ scope: "dev", modules: [], images: ["web"], expected: [], labels: {}, adopt: false, session: "1", facts: {} },
    wait: { deadlineMs: 1, tolerateFailures: false },
    seal: (value) => `sealed(${value.length})`,
    target: async () => ({ cluster: at.cluster, clusterId: "c", namespace: "shop", owner, ledger }),
    ...more,
  };
}

const map = (name: string, namespace = "shop", more: object = {}): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace, ...more },
  data: { a: "1" },
});

describe("a look at live objects", () => {
  const look = async (at: MemoryCluster, objects: readonly KubeObject[]) => {
    const outputs: Record<string, unknown> = {};
    for (const task of liveTasks(workOn(at), objects))
      outputs[task.id] = Object.keys((await oneTask(task, {}).run()) as object).sort();
    return outputs;
  };

  test("is one LIST for each kind and namespace, of what is wanted alone", async () => {
    const at = new MemoryCluster();
    for (const name of ["a", "b", "other"]) at.set(map(name));
    at.set(map("c", "elsewhere"));
    expect(await look(at, [map("a"), map("b"), map("absent"), map("c", "elsewhere")])).toEqual({
      [liveIdOf({ scope: "dev" }, map("a"))]: ["a", "b"],
      [liveIdOf({ scope: "dev" }, map("c", "elsewhere"))]: ["c"],
    });
    expect(at.asked).toEqual([
      "GET /api/v1/namespaces/shop/configmaps",
      "GET /api/v1/namespaces/elsewhere/configmaps?fieldSelector=metadata.name%3Dc",
    ]);
  });

  test("reads objects one by one where they may not be listed", async () => {
    const at = new MemoryCluster();
    for (const name of ["a", "b"]) at.set(map(name));
    at.override = (asked) => (asked.includes("configmaps?") ? refusal(403, "Forbidden", "no list") : undefined);
    expect(Object.values(await look(at, [map("a"), map("b"), map("absent")]))).toEqual([["a", "b"]]);
    expect(at.asked.slice(1).sort()).toEqual(
      ["a", "absent", "b"].map((name) => `GET /api/v1/namespaces/shop/configmaps/${name}`),
    );
  });

  test("takes a kind that is not served yet for none, and any other refusal for a failure", async () => {
    const at = new MemoryCluster();
    const widget = { ...map("w"), apiVersion: "example.com/v1", kind: "Widget" };
    expect(Object.values(await look(at, [widget]))).toEqual([[]]);
    at.override = () => refusal(500, "InternalError", "out of order");
    await expect(look(at, [map("a")])).rejects.toThrow("out of order");
  });
});

describe("an apply", () => {
  const module = { module: "web", flags: usualFlags, hooks: { before: [], after: [] }, statusCheck: true };
  const pod: KubeObject = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", namespace: "shop" },
    spec: { containers: [{ name: "c", image: "web" }] },
  };

  function apply(
    object: KubeObject,
    live: KubeObject | undefined,
    at = new MemoryCluster(),
    after: readonly string[] = [],
  ) {
    const work = workOn(at);
    const task = applyTask(
      work,
      module,
      { module: "web", object, at: place },
      { cluster: "c", owner, images: ["web"], beside: 2, after },
    );
    const seen = live === undefined ? {} : { [live.metadata.name]: live };
    const outputs = { [liveIdOf(work, object)]: seen, [ids.deliver("web")]: { reference: "web:abc" } };
    return { task, ...oneTask(task, outputs) };
  }

  test("is known by the object, its images and its sealed fields", () => {
    const parts = apply(pod, undefined).keyParts();
    expect(parts).toMatchObject({ cluster: "c", object: "Pod/shop/p", manager: "devloop", images: { web: "web:abc" } });
    expect(JSON.stringify(parts.fields)).toContain("sealed(");
    expect(JSON.stringify(parts.fields)).not.toContain("web:abc");
    expect(apply(map("a"), undefined).keyParts()).toMatchObject({ images: {} });
  });

  test("waits for the look, its set's images and what comes before, each once", () => {
    const { task } = apply(pod, undefined, new MemoryCluster(), ["hook:x", ids.deliver("web")]);
    expect(task.deps).toEqual([liveIdOf({ scope: "dev" }, pod), ids.deliver("web"), "hook:x"]);
  });

  const managedFields = [{ manager: "devloop", operation: "Apply", fieldsV1: { "f:data": { "f:a": {} } } }];
  const there = (more: object = {}): KubeObject => map("a", "shop", { uid: "u1", managedFields, ...more });
  const record = () => {
    const wanted = marked(map("a"), there({ labels: { "devloop.dev/owner": owner } }), owner);
    return applyRecord(wanted, there({ labels: { "devloop.dev/owner": owner } }), "devloop") as never;
  };

  test.each<[string, KubeObject | undefined, string]>([
    ["gone", undefined, "it is not in the cluster any more"],
    ["being deleted", there({ deletionTimestamp: "2030-01-01T00:00:00Z" }), "it is being deleted"],
    ["another one", there({ uid: "u2" }), "another object has its name"],
    ["changed by somebody", { ...there(), data: { a: "2" } }, "it was changed in the cluster"],
  ])("is not live where the object is %s", (_what, live, reason) => {
    expect(apply(map("a"), live).valid(record())).toEqual({ valid: false, reason });
  });
});

describe("a wait", () => {
  const deployment = (status: object): KubeObject => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "shop", uid: "u1", generation: 1 },
    spec: { replicas: 1, template: { spec: { containers: [{ name: "c", image: "web" }] } } },
    status: { observedGeneration: 1, ...status },
  });
  const ready = { replicas: 1, updatedReplicas: 1, availableReplicas: 1, readyReplicas: 1 };

  function wait(live: KubeObject | undefined) {
    const object = deployment({});
    const work = workOn(new MemoryCluster());
    const task = waitTask(work, object, waitBoard());
    return {
      task,
      ...oneTask(task, {
        [ids.apply("apps/Deployment/shop/web")]: {
          uid: "u1",
          generation: 1,
          applied: "x",
          owned: "y",
          state: "generation 1",
        },
        [liveIdOf(work, object)]: live === undefined ? {} : { web: live },
        [ids.deliver("web")]: { reference: "web:abc" },
      }),
    };
  }

  test("is known by what was applied", () => {
    const { task, keyParts } = wait(undefined);
    expect(keyParts()).toEqual({ object: "apps/Deployment/shop/web", uid: "u1", applied: "x", state: "generation 1" });
    expect(task.deps).toContain(ids.deliver("web"));
  });

  test.each<[string, KubeObject | undefined, object]>([
    ["ready", deployment(ready), { valid: true, proof: "is ready" }],
    [
      "not ready any more",
      deployment({ ...ready, availableReplicas: 0 }),
      { valid: false, reason: "it 0 of 1 updated replicas are available" },
    ],
    ["gone", undefined, { valid: false, reason: "it was not there" }],
  ])("is not done again where the object is %s", (_what, live, expected) => {
    expect(wait(live).valid(null)).toEqual(expected as never);
  });

  test("counts what is still under way", () => {
    const board = waitBoard();
    board.begin("a");
    board.begin("b");
    board.begin("a");
    expect([board.pending, board.total]).toEqual([2, 2]);
    board.ready("a");
    board.ready("a");
    expect([board.pending, board.total]).toEqual([1, 2]);
    board.begin("a");
    expect([board.pending, board.total]).toEqual([2, 2]);
  });
});

describe("what is left over", () => {
  const entry = (name: string, more: object = {}): Entry =>
    ({
      ref: { apiVersion: "v1", kind: "ConfigMap", name, namespace: "shop" },
      state: "created",
      uid: `uid-${name}`,
      order: 1,
      module: "web",
      ...more,
    }) as Entry;

  async function told(at: MemoryCluster, entries: readonly Entry[], more: Partial<DeployWork> = {}) {
    const task = oneTask(leftOverTask(workOn(at, more, entries), [map("wanted")]), {});
    expect(await task.run()).toEqual({ pruned: [] });
    return task.events.map((event) => (event.type === "notice" ? event.text.replace(/:.*/, "") : event.type));
  }
  const clusterWith = (...names: readonly string[]) => {
    const at = new MemoryCluster();
    for (const name of names) at.set(map(name, "shop", { uid: `uid-${name}` }));
    return at;
  };

  test("is told by name; what the manifests name, what is gone and what is another one is not", async () => {
    const at = clusterWith("wanted", "old", "another");
    const entries = [entry("wanted"), entry("old"), entry("gone"), entry("another", { uid: "before" })];
    expect(await told(at, entries)).toEqual([
      "configmap/old is still in the cluster, although the manifests do not name it any more",
    ]);
  });

  test("is not what was only meant to be made, is no object, is of other modules, or cannot be read", async () => {
    const at = clusterWith("a", "b", "c", "d");
    at.override = (asked) => (asked.endsWith("/d") ? refusal(403, "Forbidden", "no") : undefined);
    const entries = [
      entry("a", { state: "creating" }),
      entry("b", { thing: "release" }),
      entry("c", { module: "api" }),
      entry("d"),
    ];
    expect(await told(at, entries, { chosen: new Set(["web"]) })).toEqual([]);
  });

  test.each([
    [1, "configmap/o0 is still in the cluster, although the manifests do not name it any more"],
    [2, "configmap/o0, configmap/o1 are still in the cluster, although the manifests do not name them any more"],
    [
      5,
      "configmap/o0, configmap/o1, configmap/o2, configmap/o3, configmap/o4 are still in the cluster, although the manifests do not name them any more",
    ],
    [
      6,
      "configmap/o0, configmap/o1, configmap/o2, configmap/o3, configmap/o4 and 1 more are still in the cluster, although the manifests do not name them any more",
    ],
  ])("names %i", async (count, expected) => {
    const names = Array.from({ length: count }, (_, i) => `o${i}`);
    expect(
      await told(
        clusterWith(...names),
        names.map((name) => entry(name)),
      ),
    ).toEqual([expected]);
  });
});

describe("a namespace that is not there", () => {
  const refused = (name: string) => new Failure(`cannot apply configmap/a: namespaces "${name}" not found`);
  const asked = (thrown: unknown, at = new MemoryCluster(), objects = 3) =>
    missingNamespace(thrown, at.cluster, objects, new AbortController().signal);

  test("is one complaint for all objects, with the nearest name that there is", async () => {
    const at = new MemoryCluster();
    at.set({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
    const make = "create it with: kubectl create namespace";
    const near = (await asked(refused("shpo"), at))?.diagnostics[0];
    expect(near?.message).toBe("there is no namespace shpo, and 3 objects go into it");
    expect(near?.suggestion).toBe(`did you mean shop? else ${make} shpo`);
    const one = (await asked(refused("other"), at, 1))?.diagnostics[0];
    expect(one?.message).toBe("there is no namespace other, and one object goes into it");
    expect(one?.suggestion).toBe(`${make} other`);
  });

  test("is told without a near name where namespaces cannot be listed", async () => {
    const at = new MemoryCluster();
    at.override = () => refusal(403, "Forbidden", "no");
    expect((await asked(refused("shpo"), at))?.message).toContain("there is no namespace shpo");
  });

  test("is no other failure", async () => {
    expect(await asked(new Failure("cannot apply configmap/a: it is immutable"))).toBeUndefined();
    expect(await asked(new Error('namespaces "a" not found'))).toBeUndefined();
  });
});
