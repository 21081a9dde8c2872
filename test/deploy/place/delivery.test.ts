/** Where images have to be, from what is asked for and from what the cluster is: no cluster and no engine are started. */
import { describe, expect, test } from "bun:test";
import type { Cluster } from "../../../src/cluster/cluster.ts";
import { deliveryTarget } from "../../../src/deploy/place/delivery.ts";
import { Failure } from "../../../src/diag/failure.ts";
import { memoryEngine } from "../../rig/memory-engine.ts";

const { signal } = new AbortController();
const kindNode = {
  Id: "c1",
  Names: ["/dev-control-plane"],
  Image: "node",
  ImageID: "i1",
  Labels: { "io.x-k8s.kind.cluster": "dev", "io.x-k8s.kind.role": "control-plane" },
  Ports: [{ IP: "127.0.0.1", PrivatePort: 6443, PublicPort: 6443 }],
};

function engine(...containers: object[]) {
  const made = memoryEngine();
  made.override = (asked) => (asked.startsWith("GET /containers/json") ? Response.json(containers) : undefined);
  return made;
}
function clusterAt(url: string, nodes: () => Response): Cluster & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    context: "c",
    namespace: "default",
    endpoint: { url, tls: {}, headers: async () => ({}) },
    fetch: async (path) => {
      asked.push(path);
      return nodes();
    },
  };
}
const noNodes = () => Response.json({ items: [] });
const refused = () => Response.json({ kind: "Status", message: "nodes is forbidden", code: 403 }, { status: 403 });
const target = async (made: ReturnType<typeof engine>, cluster: Cluster | undefined, push: boolean | undefined) =>
  deliveryTarget({ engine: made.engine, cluster: async () => cluster, push }, signal);

test("where pushing is asked for, neither the engine nor the cluster is asked", async () => {
  const made = engine(kindNode);
  const asked: string[] = [];
  const cluster = async () => {
    asked.push("cluster");
    return undefined;
  };
  const found = await deliveryTarget({ engine: made.engine, cluster, push: true }, signal);
  expect([found, made.asked, asked]).toEqual([{ kind: "registry", why: "pushing is asked for" }, [], []]);
});

test("the nodes of a cluster that this engine runs, whatever push says", async () => {
  const cluster = clusterAt("https://127.0.0.1:6443", noNodes);
  for (const push of [undefined, false])
    expect(await target(engine(kindNode), cluster, push)).toMatchObject({
      kind: "nodes",
      tool: "kind",
      cluster: "dev",
    });
});

test("a registry for any other cluster, and where none is known", async () => {
  expect(await target(engine(), clusterAt("https://elsewhere.example:6443", noNodes), undefined)).toMatchObject({
    kind: "registry",
  });
  expect(await target(engine(), undefined, undefined)).toEqual({ kind: "registry", why: "no cluster is known" });
});

test("the engine alone where push is off and the cluster is not of this engine", async () => {
  const elsewhere = clusterAt("https://elsewhere.example:6443", noNodes);
  expect(await target(engine(), elsewhere, false)).toMatchObject({ kind: "shared-engine", id: "engine:local" });
  expect(await target(engine(), undefined, false)).toMatchObject({ kind: "shared-engine" });
});

test("nodes that may not be listed are no failure; a cancelled command is", async () => {
  const published = { ...kindNode, Ports: [{ IP: "0.0.0.0", PrivatePort: 6443, PublicPort: 6443 }] };
  const cluster = clusterAt("https://elsewhere.example:6443", refused);
  expect((await target(engine(published), cluster, undefined)).kind).toBe("registry");
  const over = new AbortController();
  const ended = clusterAt("https://elsewhere.example:6443", () => {
    over.abort(new Error("interrupted"));
    throw over.signal.reason;
  });
  const made = engine(published);
  const failed = deliveryTarget({ engine: made.engine, cluster: async () => ended, push: undefined }, over.signal);
  expect(await failed.catch((thrown: Error) => thrown.message)).toBe("interrupted");
});

describe("without an engine that answers", () => {
  const away = () => {
    const made = memoryEngine();
    made.override = () => Promise.reject(new Failure("cannot reach the Docker engine"));
    return made;
  };
  const node = (
    providerID = "kind://docker/dev/dev-control-plane",
    containerRuntimeVersion = "containerd://1.7.24",
  ) => ({
    metadata: { name: "dev-control-plane" },
    spec: { providerID },
    status: { nodeInfo: { containerRuntimeVersion } },
  });
  const found = (made: ReturnType<typeof away>, server: string, nodes: readonly object[], engineless: boolean) => {
    const cluster = clusterAt(server, () => Response.json({ items: nodes }));
    return deliveryTarget({ engine: made.engine, cluster: async () => cluster, push: undefined, engineless }, signal);
  };

  test("the nodes of a kind cluster of this machine, through the cluster itself, where nothing needs an engine", async () => {
    expect(await found(away(), "https://127.0.0.1:6443", [node()], true)).toMatchObject({
      kind: "nodes",
      way: "cluster",
      label: 'kind cluster "dev" (1 node)',
      nodes: [{ name: "dev-control-plane" }],
    });
    await expect(found(away(), "https://127.0.0.1:6443", [node()], false)).rejects.toThrow("cannot reach the Docker");
  });

  test.each<[string, string, readonly object[]]>([
    ["of another machine", "https://203.0.113.99:6443", [node()]],
    ["of no kind", "https://127.0.0.1:6443", [node("aws:///eu/i-1")]],
    ["of two kinds", "https://127.0.0.1:6443", [node(), node("kind://docker/other/n")]],
    ["with another runtime", "https://127.0.0.1:6443", [node(undefined, "cri-o://1.30")]],
    ["whose nodes are not told", "https://127.0.0.1:6443", []],
  ])("a registry for a cluster %s", async (_which, server, nodes) => {
    expect(await found(away(), server, nodes, true)).toMatchObject({ kind: "registry" });
  });

  test("one that answers is asked as ever", async () => {
    expect(await found(engine(kindNode), "https://127.0.0.1:6443", [node()], true)).toMatchObject({ way: "engine" });
  });
});
