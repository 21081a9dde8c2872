/** A clean-up from the ledger to the last object: order, what is kept, what is still there, and what goes wrong. */
import { describe, expect, test } from "bun:test";
import type { KubeObject } from "../../../src/cluster/cluster.ts";
import { ownerLabel, ownerOf } from "../../../src/deploy/apply/owner.ts";
import { type CleanupOptions, cleanUp } from "../../../src/deploy/ledger/cleanup.ts";
import { Ledger } from "../../../src/deploy/ledger/ledger.ts";
import type { Subject } from "../../../src/deploy/ledger/ledger-entry.ts";
import { Failure } from "../../../src/diag/failure.ts";
import type { Event } from "../../../src/event/event.ts";
import { eventually } from "../../rig/eventually.ts";
import { refusal } from "../../rig/fake-api.ts";
import { MemoryCluster } from "../../rig/memory-cluster.ts";
import { memoryDocuments } from "../memory-documents.ts";

const owner = ownerOf("/shop", "me");
const signal = () => new AbortController().signal;

const subject = (kind: string, name: string, module = "web"): Subject => ({
  ...{ apiVersion: "v1", kind, name, module },
  ...(kind === "Namespace" ? {} : { namespace: "shop" }),
});
function objectOf({ apiVersion, kind, name, namespace }: Subject, metadata: object = {}): KubeObject {
  const place = namespace === undefined ? {} : { namespace };
  return {
    apiVersion,
    kind,
    metadata: { name, ...place, uid: `uid-${name}`, labels: { [ownerLabel]: owner }, ...metadata },
  };
}

interface Project {
  readonly at: MemoryCluster;
  readonly ledger: Ledger;
  /** Enters the object as created by us, and puts it there unless it is `false`. */
  made(of: Subject, metadata?: object | false): Promise<void>;
  clean(
    more?: Partial<CleanupOptions>,
    during?: AbortSignal,
  ): Promise<{ readonly told: readonly string[]; readonly result: Awaited<ReturnType<typeof cleanUp>> }>;
}

async function project(): Promise<Project> {
  const at = new MemoryCluster();
  const ledger = await Ledger.open(memoryDocuments(), { project: "/shop", cluster: "c", namespace: "shop" });
  return {
    at,
    ledger,
    async made(of, metadata = {}) {
      await ledger.created(of, `uid-${of.name}`);
      if (metadata !== false) at.set(objectOf(of, metadata));
    },
    async clean(more = {}, during = signal()) {
      const told: string[] = [];
      const emit = (event: Event) => {
        if (event.type === "cleanup") told.push(`${event.object} ${event.result}${event.why ? `: ${event.why}` : ""}`);
      };
      const options = { cluster: at.cluster, ledger, owner, namespace: "shop", deadlineMs: 60, ...more, emit };
      return { told, result: await cleanUp(options, during) };
    },
  };
}
const left = ({ ledger }: Project) => ledger.entries().map(({ ref }) => ref.name);
const deletes = ({ at }: Project) =>
  at.asked.filter((asked) => asked.startsWith("DELETE")).map((asked) => asked.split("/").at(-1));

test("what was created goes, newest first, and the ledger is empty; a second clean-up finds nothing", async () => {
  const it = await project();
  for (const name of ["a", "b", "c"]) await it.made(subject("ConfigMap", name));
  const { told, result } = await it.clean();
  expect(told.toSorted()).toEqual(["configmap/a deleted", "configmap/b deleted", "configmap/c deleted"]);
  expect(deletes(it)).toEqual(["c", "b", "a"]);
  expect(result).toEqual({ deleted: 3, restored: 0, kept: 0, ending: 0, failures: [] });
  expect(left(it)).toEqual([]);
  expect((await it.clean()).told).toEqual([]);
});

test("what is gone already, or is another object by now, is forgotten and left alone", async () => {
  const it = await project();
  await it.made(subject("ConfigMap", "gone"), false);
  await it.made(subject("ConfigMap", "another"), { uid: "other", labels: {} });
  expect((await it.clean()).told).toEqual([]);
  expect(deletes(it)).toEqual([]);
  expect(left(it)).toEqual([]);
});

test("what another project has taken over is left, and stays in the ledger", async () => {
  const it = await project();
  await it.made(subject("ConfigMap", "a"), { labels: { [ownerLabel]: "another" } });
  const { told, result } = await it.clean();
  expect(told).toEqual(["configmap/a kept: another devloop project or user has taken it over"]);
  expect(result.kept).toBe(1);
  expect(deletes(it)).toEqual([]);
  expect(left(it)).toEqual(["a"]);
});

test("only what is for the chosen modules goes", async () => {
  const it = await project();
  await it.made(subject("ConfigMap", "mine", "web"));
  await it.made(subject("ConfigMap", "other", "api"));
  expect((await it.clean({ modules: new Set(["web"]) })).told).toEqual(["configmap/mine deleted"]);
  expect(left(it)).toEqual(["other"]);
});

test("a namespace goes last, and only when nothing foreign is in it", async () => {
  const it = await project();
  await it.made(subject("Namespace", "shop"));
  await it.made(subject("ConfigMap", "a"));
  const foreign = objectOf(subject("ConfigMap", "foreign"), {
    labels: {},
    managedFields: [{ manager: "kubectl", operation: "Update" }],
  });
  it.at.set(foreign);
  const first = await it.clean();
  expect(first.told).toEqual([
    "configmap/a deleted",
    "namespace/shop kept: what devloop did not create is still there: configmap/foreign in namespace shop",
  ]);
  expect(left(it)).toEqual(["shop"]);
  it.at.remove({ apiVersion: "v1", kind: "ConfigMap", name: "foreign", namespace: "shop" });
  expect((await it.clean()).told).toEqual(["namespace/shop deleted"]);
  expect(deletes(it)).toEqual(["a", "shop"]);
});

describe("what is still there at the deadline", () => {
  test("is told with its finalizers, is a failure, and stays in the ledger", async () => {
    const it = await project();
    await it.made(subject("ConfigMap", "held"), { finalizers: ["example.com/hold"] });
    const { told, result } = await it.clean();
    expect(told.at(-1)).toBe("configmap/held ending: its finalizers have not run: example.com/hold");
    expect(result).toMatchObject({ deleted: 0, ending: 1 });
    expect(result.failures).toHaveLength(1);
    expect(left(it)).toEqual(["held"]);
  });

  test("goes on to be followed until then", async () => {
    const it = await project();
    await it.made(subject("ConfigMap", "held"), { finalizers: ["example.com/hold"] });
    const cleaned = it.clean({ deadlineMs: 60_000 });
    await eventually("the delete", () => (deletes(it).length > 0 ? true : undefined));
    it.at.remove({ apiVersion: "v1", kind: "ConfigMap", name: "held", namespace: "shop" });
    expect((await cleaned).told).toEqual(["configmap/held deleted"]);
    expect(left(it)).toEqual([]);
  });

  test("are pods of what was deleted, each by its name", async () => {
    const it = await project();
    const set = { ...subject("StatefulSet", "db"), apiVersion: "apps/v1" };
    await it.made(set);
    const ownerReferences = [{ apiVersion: "apps/v1", kind: "StatefulSet", name: "db", uid: "uid-db" }];
    it.at.set(objectOf(subject("Pod", "db-0"), { labels: {}, ownerReferences }));
    expect((await it.clean()).told).toEqual(["statefulset/db deleted", "pod/db-0 ending"]);
  });
});

test("one object that cannot be deleted does not keep the others; it is a failure and stays in the ledger", async () => {
  const it = await project();
  for (const name of ["a", "b"]) await it.made(subject("ConfigMap", name));
  it.at.override = (asked) =>
    asked.startsWith("DELETE") && asked.includes("/b") ? refusal(403, "Forbidden", "b is forbidden") : undefined;
  const { told, result } = await it.clean();
  expect(told).toContain("configmap/a deleted");
  expect(told.find((line) => line.startsWith("configmap/b kept: "))).toContain("b is forbidden");
  expect(result).toMatchObject({ deleted: 1, kept: 1 });
  expect(result.failures).toHaveLength(1);
  expect(left(it)).toEqual(["b"]);
});

describe("a thing of a deployer", () => {
  const release = { ...subject("Release", "web"), thing: "release", detail: {} };

  test("is undone by its own cleaner", async () => {
    const it = await project();
    await it.made(release, false);
    const cleaners = { release: async () => ({ result: "deleted" as const }) };
    const { told, result } = await it.clean({ cleaners });
    expect(told).toEqual(["release/web deleted"]);
    expect(result.deleted).toBe(1);
    expect(left(it)).toEqual([]);
  });

  test("stays where it is kept, where the cleaner fails, and where there is none", async () => {
    const it = await project();
    await it.made(release, false);
    const kept = { release: async () => ({ result: "kept" as const, why: "somebody upgraded it" }) };
    expect((await it.clean({ cleaners: kept })).told).toEqual(["release/web kept: somebody upgraded it"]);
    const failing = { release: () => Promise.reject(new Failure("helm is away")) };
    const failed = await it.clean({ cleaners: failing });
    expect(failed.told).toEqual(["release/web kept: helm is away"]);
    expect(failed.result.failures).toHaveLength(1);
    expect((await it.clean()).told).toEqual(["release/web kept: this devloop does not know how to undo a release"]);
    expect(left(it)).toEqual(["web"]);
    const broken = { release: () => Promise.reject(new TypeError("a mistake")) };
    expect(await it.clean({ cleaners: broken }).then(() => "cleaned", String)).toContain("a mistake");
  });
});

test("a cancellation ends it with the signal's reason, and the ledger keeps the rest", async () => {
  const it = await project();
  await it.made(subject("ConfigMap", "held"), { finalizers: ["example.com/hold"] });
  const controller = new AbortController();
  const cleaned = it.clean({ deadlineMs: 600_000 }, controller.signal).then(() => "cleaned", String);
  await eventually("the delete", () => (deletes(it).length > 0 ? true : undefined));
  controller.abort(new Error("enough"));
  expect(await cleaned).toContain("enough");
  expect(left(it)).toEqual(["held"]);
});
