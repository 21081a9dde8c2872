/** A session's logs against an API server in memory: whose lines, what waits while muted, and where a limit bites. */
import { afterEach, expect, test } from "bun:test";
import type { KubeObject } from "../../../src/cluster/cluster.ts";
import { LogFollower } from "../../../src/dev/logs/follower.ts";
import type { Event } from "../../../src/event/event.ts";
import { eventually } from "../../rig/eventually.ts";
import { refusal } from "../../rig/fake-api.ts";
import { MemoryCluster } from "../../rig/memory-cluster.ts";
import { virtualClock } from "../../rig/virtual-clock.ts";

const open: LogFollower[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one[Symbol.asyncDispose]();
});

function pod(name: string, owner: string, image = "web:1"): KubeObject {
  const ownerReferences = [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "any", uid: owner }];
  const started = { running: { startedAt: "2030-01-01T00:00:00Z" } };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "shop", uid: `uid-${name}`, ownerReferences },
    spec: { containers: [{ name: "main", image }] },
    status: {
      phase: "Running",
      containerStatuses: [{ name: "main", containerID: `x://${name}`, restartCount: 0, state: started }],
    },
  };
}
const replicaSet = (uid: string, owner: string): KubeObject => ({
  apiVersion: "apps/v1",
  kind: "ReplicaSet",
  metadata: {
    name: uid,
    namespace: "shop",
    uid,
    ownerReferences: [{ apiVersion: "apps/v1", kind: "Deployment", name: "web", uid: owner }],
  },
});

interface World {
  readonly at: MemoryCluster;
  readonly follower: LogFollower;
  readonly events: Event[];
  lines(): readonly string[];
  /** Adds a line to the log of a pod, for as long as its stream is open. */
  say(name: string, line: string): void;
  /** Pods whose log is read now. */
  readonly read: Map<string, ReadableStreamDefaultController<Uint8Array>>;
}

function world(most?: number): World {
  const at = new MemoryCluster();
  const read = new Map<string, ReadableStreamDefaultController<Uint8Array>>();
  let n = 0;
  at.override = (asked) => {
    const name = /\/pods\/([^/]+)\/log\?.*follow=true/.exec(asked)?.[1];
    if (name === undefined) return asked.includes("/log?") ? new Response("") : undefined;
    const stream = new ReadableStream<Uint8Array>({
      start: (to) => void read.set(name, to),
      cancel: () => void read.delete(name),
    });
    return new Response(stream);
  };
  const events: Event[] = [];
  const follower = new LogFollower({
    cluster: at.cluster,
    emit: (event) => void events.push(event),
    since: 0,
    ...(most === undefined ? {} : { most }),
  });
  open.push(follower);
  return {
    ...{ at, follower, events, read },
    lines: () =>
      events.flatMap((event) => (event.type === "log" ? [`${event.artifact} ${event.pod}: ${event.line}`] : [])),
    say: (name, line) =>
      read.get(name)?.enqueue(new TextEncoder().encode(`2030-01-01T00:00:00.00000000${++n}Z ${line}\n`)),
  };
}
const workloads = [{ kind: "Deployment", namespace: "shop", uid: "web" }];
const images = new Map([["web:1", "web"]]);
const until = (what: string, is: () => boolean) => eventually(what, () => is() || undefined, 20);

test("lines of the workload's pods, under their artifact; other pods are not read", async () => {
  const it = world();
  it.at.set(replicaSet("rs", "web"));
  it.at.set(pod("a", "rs"));
  it.at.set(pod("foreign", "other", "api:1"));
  it.follower.follow({ workloads, images });
  await until("the log of a", () => it.read.has("a"));
  it.say("a", "hello");
  await until("the line", () => it.lines().length === 1);
  expect(it.lines()).toEqual(["web a: hello"]);
  it.at.set(pod("b", "rs"));
  await until("the log of a pod that comes", () => it.read.has("b"));
  expect([...it.read.keys()]).toEqual(["a", "b"]);
});

test("while muted, lines wait; afterwards they come in their order, once", async () => {
  const it = world();
  it.at.set(replicaSet("rs", "web"));
  it.at.set(pod("a", "rs"));
  it.follower.follow({ workloads, images });
  await until("the log", () => it.read.has("a"));
  it.say("a", "before");
  await until("the line", () => it.lines().length === 1);
  it.follower.unmute();
  it.follower.mute();
  it.say("a", "one");
  it.say("a", "two");
  await until("both are read", () => (it.read.get("a")?.desiredSize ?? 0) > 0);
  await virtualClock().settle();
  expect(it.lines()).toEqual(["web a: before"]);
  it.follower.unmute();
  await until("what waited", () => it.lines().length === 3);
  it.say("a", "after");
  await until("what comes after", () => it.lines().length === 4);
  expect(it.lines()).toEqual(["before", "one", "two", "after"].map((line) => `web a: ${line}`));
  expect(it.events.filter(({ type }) => type === "notice")).toEqual([]);
});

test("more containers than streams wait for one that ends, which is told once", async () => {
  const it = world(1);
  it.at.set(replicaSet("rs", "web"));
  for (const name of ["a", "b", "c"]) it.at.set(pod(name, "rs"));
  it.follower.follow({ workloads, images });
  await until("one log", () => it.read.size === 1);
  const [first = ""] = it.read.keys();
  await until("the notice", () => it.events.some(({ type }) => type === "notice"));
  it.at.remove({ apiVersion: "v1", kind: "Pod", name: first, namespace: "shop" });
  it.read.get(first)?.close();
  it.read.delete(first);
  await until("the next log", () => it.read.size === 1 && !it.read.has(first));
  expect(it.events.flatMap((event) => (event.type === "notice" ? [event.text] : []))).toEqual([
    "more than 1 containers run: the logs of the others wait until one of these ends",
  ]);
});

test("a log that may not be read is one warning, however many there are", async () => {
  const it = world();
  it.at.override = (asked) =>
    asked.includes("/log?") ? refusal(403, "Forbidden", "pods/log is forbidden") : undefined;
  it.at.set(replicaSet("rs", "web"));
  for (const name of ["a", "b"]) it.at.set(pod(name, "rs"));
  it.follower.follow({ workloads, images });
  await until("the warning", () => it.events.length > 0);
  await until("both were asked for", () => it.at.asked.filter((asked) => asked.includes("/log?")).length >= 2);
  expect(it.events).toHaveLength(1);
  expect(it.events[0]).toMatchObject({ type: "diagnostic", diagnostic: { severity: "warning" } });
});

test("disposal closes every stream and watch; nothing is told after it", async () => {
  const it = world();
  it.at.set(replicaSet("rs", "web"));
  it.at.set(pod("a", "rs"));
  it.follower.follow({ workloads, images });
  await until("the log", () => it.read.has("a"));
  await it.follower[Symbol.asyncDispose]();
  await until("no watch", () => it.at.watches === 0);
  const before = it.events.length;
  it.follower.follow({ workloads: [{ kind: "Deployment", namespace: "other", uid: "x" }], images });
  it.at.set(pod("b", "rs"));
  expect(it.events).toHaveLength(before);
  expect(it.at.watches).toBe(0);
});
