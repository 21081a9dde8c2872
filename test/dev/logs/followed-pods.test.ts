import { expect, test } from "bun:test";
import type { KubeObject } from "../../../src/cluster/cluster.ts";
import { type Followed, followedContainers } from "../../../src/dev/logs/followed-pods.ts";
import { WaitingLines } from "../../../src/dev/logs/waiting-lines.ts";

function pod(owner: string, images: readonly string[]): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: "p",
      uid: "pod",
      ownerReferences: [{ apiVersion: "apps/v1", uid: owner, kind: "ReplicaSet", name: "r" }],
    },
    spec: {
      initContainers: [{ name: "init", image: "tool:1" }],
      containers: images.map((image, i) => ({ name: `c${i}`, image })),
    },
  };
}

const followed = (...uids: string[]): Followed => ({
  workloads: uids.map((uid) => ({ kind: "Deployment", namespace: "n", uid })),
  images: new Map([["reg:5000/acme/web:abc", "web"]]),
});
const middle = (uid: string) => (uid === "replicas" ? ["deployment"] : []);

test("every container of a workload's pod, through what stands between, init first", () => {
  const all = followedContainers(pod("replicas", ["reg:5000/acme/web:abc", "redis:7"]), followed("deployment"), middle);
  expect(all).toEqual([
    { name: "init", artifact: "tool" },
    { name: "c0", artifact: "web" },
    { name: "c1", artifact: "redis" },
  ]);
  expect(followedContainers(pod("job", ["x"]), followed("job"), middle)).toHaveLength(2);
  expect(followedContainers(pod("other", ["x"]), followed("pod"), middle)).toHaveLength(2);
});

test("of a stranger's pod only what runs our image; an older tag of it is the same artifact", () => {
  const images = ["reg:5000/acme/web:abc", "reg:5000/acme/web:old", "redis"];
  expect(followedContainers(pod("other", images), followed("deployment"), middle)).toEqual([
    { name: "c0", artifact: "web" },
  ]);
  const own = followedContainers(pod("replicas", ["reg:5000/acme/web@sha256:00"]), followed("deployment"), middle);
  expect(own.at(-1)).toEqual({ name: "c0", artifact: "web" });
});

test("held lines: the newest, with a count of those that had to go", () => {
  const held = new WaitingLines<number>(100);
  for (let i = 0; i < 1050; i++) held.add(i);
  const { lines, dropped } = held.take();
  expect([lines.length, lines[0], lines.at(-1), dropped]).toEqual([100, 950, 1049, 950]);
  held.add(1);
  expect(held.take()).toEqual({ lines: [1], dropped: 0 });
});
