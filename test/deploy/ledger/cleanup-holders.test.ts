/** What keeps a namespace or a definition of ours: whose each object in it is, and what is not known. */
import { describe, expect, test } from "bun:test";
import type { KubeObject } from "../../../src/cluster/cluster.ts";
import { type Owner, ownerLabel } from "../../../src/deploy/apply/owner.ts";
import { holdersOf } from "../../../src/deploy/ledger/cleanup-holders.ts";
import type { Ledger } from "../../../src/deploy/ledger/ledger.ts";
import type { Entry, Subject } from "../../../src/deploy/ledger/ledger-entry.ts";
import { refusal } from "../../rig/fake-api.ts";
import { MemoryCluster } from "../../rig/memory-cluster.ts";

const owner = "0123456789abcdef" as Owner;
const signal = () => new AbortController().signal;
const widgets = { apiVersion: "example.com/v1", kind: "Widget", plural: "widgets", namespaced: true };

type Owned = NonNullable<KubeObject["metadata"]["ownerReferences"]>[number];
const ownedBy = (kind: string, name: string, uid: string, apiVersion = "v1"): Owned => ({
  apiVersion,
  kind,
  name,
  uid,
});
const by = (...managers: string[]) => managers.map((manager) => ({ manager, operation: "Update", fieldsV1: {} }));
const mark = {
  manager: "devloop",
  operation: "Apply",
  fieldsV1: { "f:metadata": { "f:labels": { [`f:${ownerLabel}`]: {} } } },
};

function map(name: string, metadata: object = {}, namespace = "ours"): KubeObject {
  const base = { name, namespace, uid: `uid-${name}`, managedFields: by("kubectl") };
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { ...base, ...metadata } };
}
const ours = { labels: { [ownerLabel]: owner }, managedFields: [mark] };

interface Around {
  readonly entries?: readonly Entry[];
  readonly modules?: ReadonlySet<string>;
}

/** Why the namespace has to stay, with these objects on the server. */
async function inNamespace(at: MemoryCluster, { entries = [], modules }: Around = {}): Promise<string | undefined> {
  const get = ({ name }: Subject) => entries.find(({ ref }) => ref.name === name);
  const around = { cluster: at.cluster, ledger: { get } as unknown as Ledger, owner, modules };
  return holdersOf(around, { apiVersion: "v1", kind: "Namespace", name: "ours" }, "uid", signal());
}

function clusterOf(...objects: readonly KubeObject[]): MemoryCluster {
  const at = new MemoryCluster(widgets);
  for (const object of objects) at.set(object);
  return at;
}

describe("a namespace", () => {
  const held = (...names: string[]) =>
    `what devloop did not create is still there: ${names.map((name) => `configmap/${name} in namespace ours`).join(", ")}`;

  test.each<[string, readonly KubeObject[], string | undefined]>([
    ["with nothing in it goes", [], undefined],
    ["with what is ours goes", [map("a", ours)], undefined],
    ["with somebody's object stays", [map("a")], held("a")],
    ["with an object that nobody manages stays", [map("a", { managedFields: [] })], held("a")],
    ["with what is on its way out goes", [map("a", { deletionTimestamp: "2030-01-01T00:00:00Z" })], undefined],
    ["with what the control plane made goes", [map("a", { managedFields: by("kube-controller-manager") })], undefined],
    [
      "with what somebody else wrote to as well stays",
      [map("a", { managedFields: by("kube-x", "kubectl") })],
      held("a"),
    ],
    ["does not care for other namespaces", [map("a", {}, "other")], undefined],
    [
      "with what belongs to an object in it goes by that object",
      [map("a", ours), map("b", { ownerReferences: [ownedBy("ConfigMap", "a", "uid-a")] })],
      undefined,
    ],
    [
      "names three, and says how many more",
      ["a", "b", "c", "d", "e"].map((name) => map(name)),
      `${held("a", "b", "c")} and 2 more`,
    ],
  ])("%s", async (_what, objects, expected) => {
    expect(await inNamespace(clusterOf(...objects))).toBe(expected);
  });

  test("its own default service account is nobody's; another one is somebody's", async () => {
    const account = (name: string) => ({ ...map(name), kind: "ServiceAccount" });
    expect(await inNamespace(clusterOf(account("default")))).toBeUndefined();
    expect(await inNamespace(clusterOf(account("robot")))).toContain("serviceaccount/robot");
    expect(await inNamespace(clusterOf(map("default")))).toContain("configmap/default");
  });

  test("an owner outside decides: foreign, ours, another one, gone, of a kind that is not served", async () => {
    const node = (metadata: object): KubeObject => ({
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: "n", uid: "uid-n", managedFields: by("kubectl"), ...metadata },
    });
    const child = map("a", { ownerReferences: [ownedBy("Node", "n", "uid-n")] });
    expect(await inNamespace(clusterOf(child, node({})))).toContain("configmap/a");
    expect(await inNamespace(clusterOf(child, node(ours)))).toBeUndefined();
    expect(await inNamespace(clusterOf(child, node({ uid: "another" })))).toBeUndefined();
    expect(await inNamespace(clusterOf(child))).toBeUndefined();
    const strange = map("a", { ownerReferences: [ownedBy("Gadget", "g", "u", "none.example.com/v1")] });
    expect(await inNamespace(clusterOf(strange))).toBeUndefined();
  });

  test("one foreign owner of several is enough", async () => {
    const node: KubeObject = { apiVersion: "v1", kind: "Node", metadata: { name: "n", uid: "uid-n" } };
    const owners = [ownedBy("ConfigMap", "b", "uid-b"), ownedBy("Node", "n", "uid-n")];
    expect(await inNamespace(clusterOf(map("a", { ownerReferences: owners }), map("b", ours), node))).toContain(
      "configmap/a",
    );
  });

  test("owners in a circle are nobody's that we know", async () => {
    const node = (name: string, of: string): KubeObject => ({
      apiVersion: "v1",
      kind: "Node",
      metadata: { name, uid: `uid-${name}`, ownerReferences: [ownedBy("Node", of, `uid-${of}`)] },
    });
    const child = map("a", { ownerReferences: [ownedBy("Node", "x", "uid-x")] });
    expect(await inNamespace(clusterOf(child, node("x", "y"), node("y", "x")))).toContain("configmap/a");
  });

  test("what cannot be read is not taken for nothing", async () => {
    const at = clusterOf();
    at.override = (asked) =>
      asked.includes("/secrets") ? refusal(403, "Forbidden", "secrets is forbidden") : undefined;
    expect(await inNamespace(at)).toMatch(/^it is not known what else is in it \(Secret: .*forbidden/);
  });

  test("what is for other modules of the project keeps it, with words of its own", async () => {
    const entry = (module: string) =>
      ({
        ref: { apiVersion: "v1", kind: "ConfigMap", name: "a" },
        state: "created",
        uid: "uid-a",
        order: 1,
        module,
      }) as Entry;
    const at = clusterOf(map("a", ours));
    const modules = new Set(["web"]);
    expect(await inNamespace(at, { modules, entries: [entry("web")] })).toBeUndefined();
    expect(await inNamespace(at, { modules, entries: [entry("api")] })).toBe(
      "what is not of these modules is still there: configmap/a in namespace ours",
    );
  });
});

describe("a definition", () => {
  const definition = (more: object = {}): KubeObject => ({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "widgets.example.com", uid: "uid-crd" },
    spec: {
      group: "example.com",
      names: { kind: "Widget" },
      versions: [
        { name: "v0", served: false },
        { name: "v1", served: true },
      ],
      ...more,
    },
  });
  const widget = (metadata: object = {}) => ({ ...map("w", metadata), apiVersion: "example.com/v1", kind: "Widget" });
  const ref = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", name: "widgets.example.com" };
  const why = (at: MemoryCluster, uid = "uid-crd") =>
    holdersOf(
      { cluster: at.cluster, ledger: { get: () => undefined } as unknown as Ledger, owner },
      ref,
      uid,
      signal(),
    );

  test("goes with no object of its kind, or ours alone; a foreign one keeps it, wherever it is", async () => {
    expect(await why(clusterOf(definition()))).toBeUndefined();
    expect(await why(clusterOf(definition(), widget(ours)))).toBeUndefined();
    expect(await why(clusterOf(definition(), widget()))).toBe(
      "what devloop did not create is still there: widget.example.com/w in namespace ours",
    );
  });

  test("an object that another one of the kind owns goes with that one", async () => {
    const child = { ...widget({ ownerReferences: [ownedBy("Widget", "w", "uid-w", "example.com/v2")] }) };
    const at = clusterOf(definition(), widget(ours), {
      ...child,
      metadata: { ...child.metadata, name: "c", uid: "uid-c" },
    });
    expect(await why(at)).toBeUndefined();
  });

  test("that is gone, is another one, or serves no version holds nothing", async () => {
    expect(await why(clusterOf())).toBeUndefined();
    expect(await why(clusterOf(definition(), widget()), "another")).toBeUndefined();
    const none = definition({ versions: [{ name: "v1", served: false }] });
    expect(await why(clusterOf(none, widget()))).toBeUndefined();
  });
});

test("any other kind goes without a look", async () => {
  const at = clusterOf(map("a"));
  const ledger = { get: () => undefined } as unknown as Ledger;
  const ref = { apiVersion: "v1", kind: "ConfigMap", name: "a", namespace: "ours" };
  expect(await holdersOf({ cluster: at.cluster, ledger, owner }, ref, "uid-a", signal())).toBeUndefined();
  expect(at.asked).toEqual([]);
});
