/** Following what is deleted until it is gone: by watch, by uid, to a deadline. */
import { expect, test } from "bun:test";
import type { KubeObject } from "../../../src/cluster/cluster.ts";
import { type Going, untilGone } from "../../../src/deploy/ledger/gone.ts";
import { eventually } from "../../rig/eventually.ts";
import { refusal } from "../../rig/fake-api.ts";
import { MemoryCluster } from "../../rig/memory-cluster.ts";

const ref = (name: string, kind = "ConfigMap") => ({ apiVersion: "v1", kind, name, namespace: "shop" });
const object = (name: string, uid = `uid-${name}`): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "shop", uid },
});
const going = (name: string): Going => ({ ref: ref(name), uid: `uid-${name}` });
const far = 600_000;
const signal = () => new AbortController().signal;

test("each is told as it goes; the rest is followed on", async () => {
  const at = new MemoryCluster();
  for (const name of ["a", "b"]) at.set(object(name));
  const told: string[] = [];
  const onGone = (one: Going) => told.push(one.ref.name);
  const left = untilGone(at.cluster, [going("a"), going("b"), going("c")], { deadlineMs: far, onGone }, signal());
  await eventually("what was not there any more", () => (told.includes("c") ? true : undefined));
  expect(told).toEqual(["c"]);
  at.remove(ref("b"));
  await eventually("b", () => (told.includes("b") ? true : undefined));
  at.remove(ref("a"));
  expect(await left).toEqual([]);
  expect(told).toEqual(["c", "b", "a"]);
  // One watch for a kind and namespace, and none that stays.
  expect(at.asked.filter((asked) => asked.includes("watch=1"))).toHaveLength(1);
  await eventually("the watch is closed", () => (at.watches === 0 ? true : undefined));
});

test("another object under the name is not the one that was deleted", async () => {
  const at = new MemoryCluster();
  at.set(object("a", "another"));
  const told: string[] = [];
  const onGone = (one: Going) => told.push(one.ref.name);
  expect(await untilGone(at.cluster, [going("a")], { deadlineMs: far, onGone }, signal())).toEqual([]);
  expect(told).toEqual(["a"]);
});

test("nothing to follow asks nobody", async () => {
  const at = new MemoryCluster();
  expect(await untilGone(at.cluster, [], { deadlineMs: far, onGone: () => undefined }, signal())).toEqual([]);
  expect(at.asked).toEqual([]);
});

test("with its definition every object of a kind is gone", async () => {
  const at = new MemoryCluster();
  const widget = { ref: { apiVersion: "example.com/v1", kind: "Widget", name: "w", namespace: "shop" }, uid: "u" };
  const told: string[] = [];
  const onGone = (one: Going) => told.push(one.ref.name);
  expect(await untilGone(at.cluster, [widget], { deadlineMs: far, onGone }, signal())).toEqual([]);
  expect(told).toEqual(["w"]);
});

test("what is there at the deadline is given back, and what takes long is told once before", async () => {
  const at = new MemoryCluster();
  for (const name of ["a", "b"]) at.set(object(name));
  const long: string[][] = [];
  const options = {
    deadlineMs: 60,
    longMs: 10,
    onGone: () => undefined,
    onLong: (left: readonly Going[]) => long.push(left.map((one) => one.ref.name)),
  };
  const left = await untilGone(at.cluster, [going("a"), going("b")], options, signal());
  expect(left.map((one) => one.ref.name)).toEqual(["a", "b"]);
  expect(long).toEqual([["a", "b"]]);
});

test("a cancellation ends it with the signal's reason, also one that came before", async () => {
  const at = new MemoryCluster();
  at.set(object("a"));
  const controller = new AbortController();
  const followed = untilGone(at.cluster, [going("a")], { deadlineMs: far, onGone: () => undefined }, controller.signal);
  const ended = followed.then(() => "gone", String);
  await eventually("the watch", () => (at.watches === 1 ? true : undefined));
  controller.abort(new Error("enough"));
  expect(await ended).toContain("enough");
  const again = untilGone(at.cluster, [going("a")], { deadlineMs: far, onGone: () => undefined }, controller.signal);
  expect(await again.then(() => "gone", String)).toContain("enough");
});

test("a kind that may not be watched is a failure", async () => {
  const at = new MemoryCluster();
  at.set(object("a"));
  at.override = () => refusal(403, "Forbidden", "configmaps is forbidden");
  const followed = untilGone(at.cluster, [going("a")], { deadlineMs: far, onGone: () => undefined }, signal());
  expect(await followed.then(() => "gone", String)).toContain("configmaps is forbidden");
});
