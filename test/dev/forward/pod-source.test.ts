/** The pods behind a resource as watches tell them: whose, in which order, and when one is gone. */
import { afterEach, describe, expect, test } from "bun:test";
import type { KubeObject } from "../../../src/cluster/cluster.ts";
import { type PodSource, podSource } from "../../../src/dev/forward/pod-source.ts";
import { resourceKind } from "../../../src/dev/forward/resource.ts";
import { eventually } from "../../rig/eventually.ts";
import { refusal } from "../../rig/fake-api.ts";
import { MemoryCluster } from "../../rig/memory-cluster.ts";

const open: PodSource[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one[Symbol.dispose]();
});

function object(apiVersion: string, kind: string, name: string, owner?: string, more: object = {}): KubeObject {
  const ownerReferences = owner === undefined ? [] : [{ apiVersion: "v1", kind: "Any", name: "any", uid: owner }];
  return { apiVersion, kind, metadata: { name, namespace: "shop", uid: name, ownerReferences }, ...more };
}

interface PodOptions {
  readonly owner?: string;
  readonly labels?: Record<string, string>;
  readonly created?: string;
  readonly deleted?: boolean;
  readonly phase?: string;
  readonly node?: string;
  readonly ready?: boolean;
  readonly terminated?: readonly boolean[];
}

function pod(
  name: string,
  { owner, labels = {}, created, deleted, phase, node = "n", ready, terminated }: PodOptions = {},
): KubeObject {
  const made = object("v1", "Pod", name, owner);
  return {
    ...made,
    metadata: {
      ...made.metadata,
      labels,
      ...(created === undefined ? {} : { creationTimestamp: created }),
      ...(deleted ? { deletionTimestamp: "2030-01-01T00:00:00Z" } : {}),
    },
    spec: { nodeName: node, containers: [{ name: "c", ports: [{ name: "http", containerPort: 8080 }] }] },
    status: {
      phase: phase ?? "Running",
      conditions: ready === undefined ? [] : [{ type: "Ready", status: ready ? "True" : "False" }],
      ...(terminated
        ? { containerStatuses: terminated.map((over) => ({ state: over ? { terminated: {} } : { running: {} } })) }
        : {}),
    },
  };
}

interface Source {
  readonly source: PodSource;
  readonly refused: unknown[];
  names(): readonly string[];
  /** Resolves when the source's pods are these, newest first. */
  are(...names: string[]): Promise<void>;
}

function sourceOf(at: MemoryCluster, type: string, name: string, port: number | string = 80): Source {
  const kind = resourceKind(type);
  if (kind === undefined) throw new Error(type);
  const refused: unknown[] = [];
  const entry = { resourceName: name, namespace: "shop", port };
  const source = podSource(
    at.cluster,
    kind,
    entry,
    () => undefined,
    (thrown) => refused.push(thrown),
  );
  open.push(source);
  const names = () => source.candidates().map((one) => one.name);
  return {
    source,
    refused,
    names,
    are: async (...wanted) => {
      await eventually(
        `pods ${wanted}, got ${names()}`,
        () => (names().join() === wanted.join() ? true : undefined),
        20,
      );
    },
  };
}

function clusterOf(...objects: readonly KubeObject[]): MemoryCluster {
  const at = new MemoryCluster();
  for (const one of objects) at.set(one);
  return at;
}

const service = (selector: object | undefined) =>
  object("v1", "Service", "web", undefined, { spec: { selector, ports: [{ port: 80, targetPort: "http" }] } });

describe("pods of", () => {
  test.each<[string, string, readonly KubeObject[], readonly string[]]>([
    ["a pod", "pod", [pod("web"), pod("other")], ["web"]],
    [
      "a service",
      "service",
      [service({ app: "web" }), pod("a", { labels: { app: "web", x: "y" } }), pod("b", { labels: { app: "api" } })],
      ["a"],
    ],
    ["a service without a selector", "service", [service(undefined), pod("a")], []],
    [
      "a service that selects by several labels",
      "service",
      [service({ a: "1", b: "2" }), pod("x", { labels: { a: "1" } })],
      [],
    ],
    [
      "a deployment, by its replica sets",
      "deployment",
      [
        object("apps/v1", "Deployment", "web"),
        object("apps/v1", "ReplicaSet", "rs", "web"),
        object("apps/v1", "ReplicaSet", "foreign", "x"),
        pod("a", { owner: "rs" }),
        pod("b", { owner: "foreign" }),
        pod("c", { owner: "web" }),
      ],
      ["a"],
    ],
    ["a stateful set", "statefulset", [object("apps/v1", "StatefulSet", "web"), pod("a", { owner: "web" })], ["a"]],
    [
      "a cron job, by its jobs",
      "cronjob",
      [object("batch/v1", "CronJob", "web"), object("batch/v1", "Job", "run", "web"), pod("a", { owner: "run" })],
      ["a"],
    ],
    ["a workload that is not there", "deployment", [pod("a", { owner: "web" })], []],
  ])("%s", async (_what, type, objects, expected) => {
    // One that is known to come last tells that everything before it was seen.
    const at = clusterOf(...objects);
    const it = sourceOf(at, type, "web");
    await it.are(...expected);
  });
});

test("what ends, or is being deleted, is no candidate; what only ends still is not gone", async () => {
  const at = clusterOf(pod("web", { deleted: true }), pod("b"));
  const it = sourceOf(at, "pod", "web");
  await eventually("the pod is known", () => (it.source.isGone("web") ? undefined : true));
  expect(it.names()).toEqual([]);
  at.set(pod("web"));
  await it.are("web");
  at.set(pod("web", { phase: "Succeeded" }));
  await it.are();
  expect(it.source.isGone("web")).toBe(true);
  at.set(pod("web", { phase: "Failed" }));
  expect(it.source.isGone("web")).toBe(true);
  expect(it.source.isGone("never")).toBe(true);
});

test.each<[string, PodOptions, boolean]>([
  ["runs", {}, false],
  ["is being deleted, with a container that runs", { deleted: true, terminated: [true, false] }, false],
  ["is being deleted, its containers over", { deleted: true, terminated: [true, true] }, true],
  ["is being deleted, and says nothing of containers", { deleted: true, terminated: [] }, false],
  ["has containers that are over, and goes on", { terminated: [true] }, false],
])("a pod that %s is gone: %p", async (_what, options, expected) => {
  const at = clusterOf(pod("web", options), pod("last"));
  const [it, last] = [sourceOf(at, "pod", "web"), sourceOf(at, "pod", "last")];
  await last.are("last");
  expect(it.source.isGone("web")).toBe(expected);
});

test("the newest comes first; within a second, the one that was seen last", async () => {
  const of = (name: string, created: string) => pod(name, { owner: "web", created });
  const at = clusterOf(
    object("apps/v1", "StatefulSet", "web"),
    of("old", "2030-01-01T00:00:00Z"),
    of("new", "2030-01-01T00:00:05Z"),
  );
  const it = sourceOf(at, "statefulset", "web");
  await it.are("new", "old");
  at.set(of("newer", "2030-01-01T00:00:05Z"));
  await it.are("newer", "new", "old");
  at.remove({ apiVersion: "v1", kind: "Pod", name: "new", namespace: "shop" });
  await it.are("newer", "old");
});

test("a candidate says its port, its revision, and whether it has a node and is ready", async () => {
  const hash = { "pod-template-hash": "r1" };
  const at = clusterOf(
    service({ app: "web" }),
    pod("a", { labels: { app: "web", ...hash }, ready: true }),
    pod("b", { labels: { app: "web", "controller-revision-hash": "r2" }, node: "", ready: false }),
    pod("c", { labels: { app: "web" } }),
  );
  const it = sourceOf(at, "service", "web", 80);
  await eventually("three", () => (it.names().length === 3 ? true : undefined));
  const found = Object.fromEntries(
    it.source
      .candidates()
      .map(({ name, port, revision, scheduled, ready }) => [name, { port, revision, scheduled, ready }]),
  );
  expect(found).toEqual({
    a: { port: 8080, revision: "r1", scheduled: true, ready: true },
    b: { port: 8080, revision: "r2", scheduled: false, ready: false },
    c: { port: 8080, revision: "c", scheduled: true, ready: false },
  });
  const unnamed = sourceOf(clusterOf(pod("web")), "pod", "web", "admin");
  await unnamed.are("web");
  expect(unnamed.source.candidates()[0]?.port).toBeUndefined();
});

test("what may not be watched is told; disposal closes every watch", async () => {
  const at = clusterOf(object("apps/v1", "Deployment", "web"));
  at.override = (asked) => (asked.includes("/pods") ? refusal(403, "Forbidden", "pods is forbidden") : undefined);
  const it = sourceOf(at, "deployment", "web");
  await eventually("the refusal", () => (it.refused.length > 0 ? true : undefined));
  expect(String(it.refused[0])).toContain("pods is forbidden");
  await eventually("the other watches", () => (at.watches === 2 ? true : undefined));
  it.source[Symbol.dispose]();
  await eventually("no watch is left", () => (at.watches === 0 ? true : undefined));
});
