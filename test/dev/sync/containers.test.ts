/** Which containers run an image, as watches of pods tell it. */
import { expect, test } from "bun:test";
import type { KubeObject } from "../../../src/cluster/cluster.ts";
import { Containers } from "../../../src/dev/sync/containers.ts";
import { eventually } from "../../rig/eventually.ts";
import { refusal } from "../../rig/fake-api.ts";
import { MemoryCluster } from "../../rig/memory-cluster.ts";

const signal = () => new AbortController().signal;

interface PodOptions {
  readonly image?: string;
  readonly id?: string | undefined;
  readonly running?: boolean;
  readonly phase?: string;
  readonly deleted?: boolean;
  readonly controller?: boolean;
  readonly namespace?: string;
  readonly init?: boolean;
}

function pod(name: string, options: PodOptions = {}): KubeObject {
  const {
    image = "web:1",
    id = `containerd://${name}`,
    running = true,
    phase = "Running",
    namespace = "shop",
  } = options;
  const status = { name: "main", containerID: id, state: running ? { running: {} } : { waiting: {} } };
  const containers = [{ name: "main", image }];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...{ name, namespace, uid: `uid-${name}` },
      ...(options.deleted ? { deletionTimestamp: "2030-01-01T00:00:00Z" } : {}),
      ownerReferences: [
        { apiVersion: "v1", kind: "Any", name: "any", uid: "o", controller: options.controller ?? false },
      ],
    },
    spec: options.init ? { initContainers: containers } : { containers },
    status: { phase, [options.init ? "initContainerStatuses" : "containerStatuses"]: [status] },
  };
}

async function watching(at: MemoryCluster, ...namespaces: string[]) {
  const started: string[] = [];
  const containers = new Containers(at.cluster, ({ id }) => void started.push(id.replace("containerd://", "")));
  await containers.watch(namespaces.length > 0 ? namespaces : ["shop"], signal());
  const running = (reference: string) =>
    containers
      .running(reference)
      .map(({ target }) => target.pod)
      .sort();
  return { started, containers, running, [Symbol.dispose]: () => containers[Symbol.dispose]() };
}

test("what runs the image, by whatever form of its name, in the namespaces that are watched", async () => {
  const at = new MemoryCluster();
  at.set(pod("a"));
  at.set(pod("b", { image: "docker.io/library/web:1", controller: true }));
  at.set(pod("c", { image: "web:2" }));
  at.set(pod("d", { namespace: "other" }));
  at.set(pod("e", { init: true }));
  using it = await watching(at);
  expect(it.running("web:1")).toEqual(["a", "b", "e"]);
  expect(it.containers.running("web:1").find(({ target }) => target.pod === "b")).toEqual({
    id: "containerd://b",
    target: { namespace: "shop", pod: "b", container: "main" },
    reference: "docker.io/library/web:1",
    pod: { uid: "uid-b", controlled: true },
  });
  expect(it.started.sort()).toEqual(["a", "b", "c", "e"]);
});

test.each<[string, PodOptions]>([
  ["is being deleted", { deleted: true }],
  ["is over", { phase: "Succeeded" }],
  ["has failed", { phase: "Failed" }],
  ["does not run yet", { running: false }],
  ["has no container yet", { id: undefined as never, running: false }],
])("a pod that %s runs nothing", async (_what, options) => {
  const at = new MemoryCluster();
  at.set(pod("a", options));
  using it = await watching(at);
  expect(it.running("web:1")).toEqual([]);
});

test("each start is told once by its container's id, a restart as another one", async () => {
  const at = new MemoryCluster();
  at.set(pod("a"));
  using it = await watching(at);
  at.set(pod("a"));
  at.set(pod("a", { id: "containerd://again" }));
  await eventually("the restart", () => (it.started.includes("again") ? true : undefined));
  expect(it.started).toEqual(["a", "again"]);
});

test("a container that does not run yet is coming", async () => {
  const at = new MemoryCluster();
  at.set(pod("a", { running: false }));
  at.set(pod("b", { image: "api:1" }));
  at.set(pod("c", { image: "old:1", phase: "Succeeded", running: false }));
  using it = await watching(at);
  expect(["web:1", "api:1", "old:1"].map((image) => it.containers.coming(image))).toEqual([true, false, false]);
});

test("namespaces that are no longer in use are let go, also after they come back", async () => {
  const at = new MemoryCluster();
  at.set(pod("a"));
  at.set(pod("b", { namespace: "other" }));
  using it = await watching(at, "shop", "other");
  expect(it.running("web:1")).toEqual(["a", "b"]);
  await it.containers.watch(["other"], signal());
  expect(it.running("web:1")).toEqual(["b"]);
  await eventually("one watch", () => (at.watches === 1 ? true : undefined));
  await it.containers.watch(["shop", "other"], signal());
  expect(it.running("web:1")).toEqual(["a", "b"]);
  it.containers[Symbol.dispose]();
  expect(it.running("web:1")).toEqual([]);
  await eventually("no watch", () => (at.watches === 0 ? true : undefined));
});

test("a namespace that may not be watched is a failure; it is tried again the next time", async () => {
  const at = new MemoryCluster();
  at.set(pod("a"));
  at.override = () => refusal(403, "Forbidden", "pods is forbidden");
  const containers = new Containers(at.cluster, () => undefined);
  const failed = await containers.watch(["shop"], signal()).then(() => "watched", String);
  expect(failed).toContain("pods is forbidden");
  at.override = () => undefined;
  await containers.watch(["shop"], signal());
  expect(containers.all()).toHaveLength(1);
  containers[Symbol.dispose]();
});

test("what ran already when a shared watch was joined is told, too", async () => {
  const at = new MemoryCluster();
  at.set(pod("a"));
  using first = await watching(at);
  using second = await watching(at);
  expect([first.started, second.started]).toEqual([["a"], ["a"]]);
  expect(at.watches).toBe(1);
});
