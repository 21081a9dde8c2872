/** Pods that lead into nodes, against an API of one function: from which image they are started, and what is left. */
import { expect, test } from "bun:test";
import type { Cluster } from "../../../src/cluster/cluster.ts";
import { nodePods } from "../../../src/cluster/stream/node-pods.ts";

type Pod = { metadata: { name: string }; spec: { nodeName: string; containers: { image: string }[] } };

/** What becomes of a pod by its image. */
type Fate = (image: string) => object;
const running: Fate = () => ({ phase: "Running" });
const stuck = (reason: string) => ({
  phase: "Pending",
  containerStatuses: [{ state: { waiting: { reason, message: "not present" } } }],
});

interface Answers {
  readonly used?: readonly (readonly [namespace: string, image: string])[];
  readonly images?: readonly object[];
  readonly left?: readonly object[];
}

function cluster(fate: Fate, { used = [], images = [], left = [] }: Answers = {}) {
  const made: Pod[] = [];
  const deleted: string[] = [];
  const of: Cluster = {
    context: "c",
    namespace: "default",
    endpoint: { url: "http://127.0.0.1:1", tls: {}, headers: async () => ({}) },
    async fetch(path, { method = "GET", query = {}, body } = {}) {
      if (method === "DELETE") {
        deleted.push(path.split("/").at(-1) ?? "");
        return Response.json({});
      }
      if (method === "POST") {
        made.push(JSON.parse(body ?? ""));
        return Response.json({ metadata: { name: "x" } });
      }
      if (path.startsWith("/api/v1/nodes/")) return Response.json({ metadata: { name: "n" }, status: { images } });
      const list = (items: readonly object[]) => Response.json({ metadata: { resourceVersion: "1" }, items });
      if (query.labelSelector) return list(left);
      const name = /^metadata\.name=(.*)$/.exec(query.fieldSelector ?? "")?.[1];
      if (name === undefined)
        return list(
          used.map(([namespace, image], i) => ({
            ...{ metadata: { name: `used${i}`, namespace }, spec: { containers: [{ image }] } },
          })),
        );
      const image = made.find(({ metadata }) => metadata.name === name)?.spec.containers[0]?.image ?? "";
      return list([{ metadata: { name, namespace: "kube-system" }, status: fate(image) }]);
    },
  };
  const tried = () => made.map(({ spec }) => spec.containers[0]?.image);
  return { of, made, tried, deleted };
}

const signal = () => AbortSignal.timeout(20_000);
const images = [
  { names: ["large:1"], sizeBytes: 9 },
  { names: null, sizeBytes: 0 },
  { names: ["pause:1", "pause@sha256:1"], sizeBytes: 1 },
];

/** Nobody answers an exec here: what was done until then counts. */
async function opened(it: ReturnType<typeof cluster>): Promise<string> {
  const pods = nodePods(it.of);
  const words = await pods.open("n", signal()).then(
    () => "opened",
    (thrown: Error) => thrown.message,
  );
  await pods[Symbol.asyncDispose]();
  return words;
}

test("images of running pods come first, those of the system before others, then the smallest", async () => {
  const used = [
    ["shop", "web:1"],
    ["kube-system", "proxy:1"],
  ] as const;
  const it = cluster((image) => (image === "pause:1" ? running(image) : stuck("ErrImageNeverPull")), { used, images });
  expect(await opened(it)).toContain("refuses connections");
  expect(it.tried()).toEqual(["proxy:1", "web:1", "pause:1"]);
  expect(it.made.every(({ spec }) => spec.nodeName === "n")).toBe(true);
  // Each of them is gone again.
  expect([...new Set(it.deleted)].toSorted()).toEqual(it.made.map(({ metadata }) => metadata.name).toSorted());
});

test("where no image starts, the last reason is told, after three tries", async () => {
  const used = ["a", "b", "c", "d"].map((name) => ["shop", `${name}:1`] as const);
  const it = cluster(() => stuck("ErrImageNeverPull"), { used });
  expect(await opened(it)).toMatch(/does not start: ErrImageNeverPull: not present/);
  expect(it.tried()).toHaveLength(3);
  const ended = cluster(() => ({ phase: "Failed", reason: "OutOfcpu" }), { images });
  expect(await opened(ended)).toContain("has ended: OutOfcpu");
  expect(await opened(cluster(running))).toBe("the node n has no image that a pod could be started from");
});

test("pods that have ended are removed first; those that run are somebody's", async () => {
  const left = ["Succeeded", "Running", "Failed"].map((phase) => ({ metadata: { name: phase }, status: { phase } }));
  const it = cluster(running, { left, images });
  await opened(it);
  expect(it.deleted.slice(0, 2).toSorted()).toEqual(["Failed", "Succeeded"]);
  expect(it.deleted).not.toContain("Running");
});
