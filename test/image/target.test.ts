/** Which clusters count as those of the engine, so that images are loaded into nodes instead of pushed. */
import { describe, expect, test } from "bun:test";
import { networkInterfaces } from "node:os";
import { engineAt } from "../../src/image/engine/engine.ts";
import type { ContainerSummary } from "../../src/image/engine/engine-container.ts";
import { type ClusterNode, recogniseTarget } from "../../src/image/target.ts";

const { signal } = new AbortController();
const local = engineAt({ kind: "unix", path: "/nowhere/docker.sock", from: "a test" });
const remote = engineAt({ kind: "tcp", host: "build.example.com", port: 2376, from: "a test" });
const addresses: Readonly<Record<string, readonly string[]>> = {
  "build.example.com": ["203.0.113.7"],
  "cluster.build.example.com": ["203.0.113.7"],
  "prod.example.com": ["203.0.113.99"],
  "my.alias": ["127.0.0.1"],
};
const resolve = async (name: string) => addresses[name] ?? [];

function container(name: string, labels: Record<string, string>, published?: string): ContainerSummary {
  const ports = published === undefined ? [] : [{ address: published, hostPort: 6443, containerPort: 6443 }];
  return { id: name.padEnd(64, "0"), name, image: "", imageId: "", labels, ports };
}
const k3d = (published: string) => [
  container("k3d-dev-serverlb", { "k3d.cluster": "dev", "k3d.role": "loadbalancer" }, published),
  container("k3d-dev-server-0", { "k3d.cluster": "dev", "k3d.role": "server" }),
];
const kind = (published: string) => [
  container("dev-control-plane", { "io.x-k8s.kind.cluster": "dev", "io.x-k8s.kind.role": "control-plane" }, published),
];
const nodes = (...names: string[]): ClusterNode[] => names.map((name) => ({ name, runtime: "containerd://1.7.0" }));
const own = ["k3d-dev-server-0", "dev-control-plane"];
const [mine = "127.0.0.1"] = Object.values(networkInterfaces()).flatMap((all) =>
  (all ?? []).filter(({ internal, family }) => !internal && family === "IPv4").map(({ address }) => address),
);

interface Case {
  readonly server: string;
  readonly published: string;
  readonly engine?: typeof local;
  readonly proxy?: string;
  /** Names of the cluster's nodes; undefined: they may not be listed. */
  readonly nodes?: readonly string[] | undefined;
  readonly is: "nodes" | "registry";
}
const cases: readonly Case[] = [
  { server: "https://127.0.0.1:6443", published: "127.0.0.1", is: "nodes" },
  { server: "https://localhost:6443", published: "127.0.0.1", is: "nodes" },
  { server: "https://[::1]:6443", published: "::1", is: "nodes" },
  { server: "https://0.0.0.0:6443", published: "0.0.0.0", nodes: own, is: "nodes" },
  { server: "https://127.0.0.1:6443", published: "0.0.0.0", nodes: own, is: "nodes" },
  { server: "https://127.0.0.1:6443", published: "::", nodes: undefined, is: "nodes" },
  { server: `https://${mine}:6443`, published: "0.0.0.0", nodes: own, is: "nodes" },
  { server: "https://my.alias:6443", published: "0.0.0.0", nodes: own, is: "nodes" },
  { server: "https://127.0.0.1:7443", published: "0.0.0.0", nodes: ["other"], is: "registry" },
  // The port alone, on another machine.
  { server: "https://prod.example.com:6443", published: "0.0.0.0", nodes: ["prod-1"], is: "registry" },
  { server: "https://prod.example.com:6443", published: "0.0.0.0", nodes: undefined, is: "registry" },
  { server: "https://203.0.113.99:6443", published: "::", nodes: undefined, is: "registry" },
  { server: "https://prod.example.com:6443", published: "127.0.0.1", nodes: ["prod-1"], is: "registry" },
  { server: "https://nobody.knows:6443", published: "0.0.0.0", nodes: ["prod-1"], is: "registry" },
  // A tunnel on this machine beside a published port: the nodes are others.
  { server: "https://127.0.0.1:6443", published: "0.0.0.0", nodes: ["prod-1", "prod-2"], is: "registry" },
  // The engine is elsewhere: its ports are published there.
  { server: "https://build.example.com:6443", published: "0.0.0.0", engine: remote, nodes: own, is: "nodes" },
  { server: "https://cluster.build.example.com:6443", published: "::", engine: remote, nodes: own, is: "nodes" },
  { server: "https://build.example.com:6443", published: "0.0.0.0", engine: remote, nodes: ["prod-1"], is: "registry" },
  { server: "https://127.0.0.1:6443", published: "127.0.0.1", engine: remote, nodes: own, is: "nodes" },
  { server: "https://127.0.0.1:6443", published: "127.0.0.1", engine: remote, nodes: ["prod-1"], is: "registry" },
  { server: "https://127.0.0.1:6443", published: "127.0.0.1", engine: remote, nodes: undefined, is: "registry" },
  { server: `https://${mine}:6443`, published: "0.0.0.0", engine: remote, nodes: own, is: "registry" },
  // A proxy has a loopback of its own.
  { server: "https://127.0.0.1:6443", published: "127.0.0.1", proxy: "socks5://bastion", nodes: own, is: "nodes" },
  { server: "https://127.0.0.1:6443", published: "127.0.0.1", proxy: "socks5://bastion", nodes: ["p"], is: "registry" },
  { server: "https://127.0.0.1:6443", published: "0.0.0.0", proxy: "socks5://bastion", is: "registry" },
];

describe.each([
  ["k3d", k3d],
  ["kind", kind],
] as const)("a %s cluster that publishes its API server", (_, containers) => {
  for (const one of cases) {
    const through = one.proxy === undefined ? "" : ` through ${one.proxy}`;
    const where = one.engine === remote ? "a remote engine's" : "the engine's";
    const known = one.nodes === undefined ? "nodes that cannot be listed" : `the nodes ${one.nodes.join(", ")}`;
    test(`${one.server}${through}, published at ${where} ${one.published}, with ${known}: ${one.is}`, async () => {
      const ask = async () => (one.nodes === undefined ? undefined : nodes(...one.nodes));
      const engine = one.engine ?? local;
      const target = await recogniseTarget(
        engine,
        { ...one, url: one.server },
        ask,
        signal,
        containers(one.published),
        resolve,
      );
      expect(target.kind).toBe(one.is);
    });
  }
});

test("an address that is surely the published one asks for no nodes", async () => {
  const ask = () => Promise.reject(new Error("asked"));
  expect(
    await recogniseTarget(local, { url: "https://127.0.0.1:6443" }, ask, signal, kind("127.0.0.1"), resolve),
  ).toMatchObject({ kind: "nodes", tool: "kind", cluster: "dev", nodes: [{ name: "dev-control-plane" }] });
});

test("provider ids name a kind cluster whose server is reached otherwise", async () => {
  const ask = async () => [{ name: "dev-control-plane", providerId: "kind://docker/dev/dev-control-plane" }];
  expect(
    await recogniseTarget(local, { url: "https://prod.example.com:7443" }, ask, signal, kind("127.0.0.1"), resolve),
  ).toMatchObject({ kind: "nodes", cluster: "dev" });
});

test("a node that is called as the engine's host counts only where the server is there", async () => {
  const info = { ID: "id", Name: "docker-desktop", OperatingSystem: "Docker Desktop", ServerVersion: "", Driver: "" };
  const desktop = { ...local, request: async () => Response.json(info) };
  const ask = async () => [{ name: "docker-desktop", runtime: "docker://27.0.0" }];
  const kindAt = async (url: string) => (await recogniseTarget(desktop, { url }, ask, signal, [], resolve)).kind;
  expect(await kindAt("https://127.0.0.1:6443")).toBe("shared-engine");
  expect(await kindAt("https://my.alias:6443")).toBe("shared-engine");
  expect(await kindAt("https://prod.example.com:6443")).toBe("registry");
});

test.each([
  ["https://127.0.0.1", 443, "nodes"],
  ["https://127.0.0.1", 80, "registry"],
  ["http://127.0.0.1", 80, "nodes"],
  ["http://127.0.0.1", 443, "registry"],
])("a server without a port (%s) is at its scheme's own: published at %i it is %s", async (url, hostPort, is) => {
  const [one] = kind("127.0.0.1");
  const ports = [{ address: "127.0.0.1", hostPort, containerPort: 6443 }];
  const all = [{ ...(one as ContainerSummary), ports }];
  const target = await recogniseTarget(local, { url }, async () => undefined, signal, all, resolve);
  expect(target.kind as string).toBe(is);
});

test("several nodes are named in order, and known together by an id that does not depend on the order of a listing", async () => {
  const worker = container("dev-worker", { "io.x-k8s.kind.cluster": "dev", "io.x-k8s.kind.role": "worker" });
  const [first] = kind("127.0.0.1");
  const server = { url: "https://127.0.0.1:6443" };
  const of = (all: readonly ContainerSummary[]) =>
    recogniseTarget(local, server, async () => undefined, signal, all, resolve);
  const target = await of([worker, first as ContainerSummary]);
  expect(target).toEqual(await of([first as ContainerSummary, worker]));
  expect(target).toMatchObject({ kind: "nodes", label: 'kind cluster "dev" (2 nodes)' });
  expect("nodes" in target ? target.nodes.map(({ name }) => name) : []).toEqual(["dev-control-plane", "dev-worker"]);
});

test("a name that is not looked up in time is given up with the signal", async () => {
  const controller = new AbortController();
  const hanging = () => new Promise<readonly string[]>(() => undefined);
  const asked = recogniseTarget(
    local,
    { url: "https://slow.example.com:6443" },
    async () => [],
    controller.signal,
    kind("0.0.0.0"),
    hanging,
  );
  controller.abort(new Error("enough"));
  await expect(asked).rejects.toThrow("enough");
});
