import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { ApiError } from "../../../src/cluster/connect/api-error.ts";
import { applyObject } from "../../../src/cluster/objects/apply.ts";
import type { Selection } from "../../../src/cluster/objects/objects.ts";
import { deleteObject } from "../../../src/cluster/objects/objects.ts";
import { type WatchTrouble, watch } from "../../../src/cluster/watch/watch.ts";
import { type CacheEvent, watched } from "../../../src/cluster/watch/watch-cache.ts";
import { eventually } from "../../rig/eventually.ts";
import { type ProxiedCluster, proxiedCluster } from "../../rig/proxied-cluster.ts";

const signal = new AbortController().signal;
let at: ProxiedCluster;
let maps: Selection;
beforeAll(async () => {
  at = await proxiedCluster("watch");
  maps = { apiVersion: "v1", kind: "ConfigMap", namespace: at.namespace };
});
afterAll(() => at[Symbol.asyncDispose]());
beforeEach(() => at.proxy.forget());

async function put(name: string, value: string): Promise<void> {
  const metadata = { name, namespace: at.namespace };
  const object = { apiVersion: "v1", kind: "ConfigMap", metadata, data: { value } };
  await applyObject(at.cluster, object, undefined, { manager: "devloop", force: true }, signal);
}

const lists = () => at.proxy.requests.filter((r) => r.path.endsWith("/configmaps") && !r.query.has("watch")).length;
const watches = () => at.proxy.requests.filter((r) => r.path.endsWith("/configmaps") && r.query.has("watch")).length;

test("every change is told once and in order, over a connection that is cut again and again", async () => {
  const stop = new AbortController();
  const values: string[] = [];
  const troubles: WatchTrouble[] = [];
  const following = (async () => {
    for await (const change of watch(at.cluster, maps, (t) => troubles.push(t), stop.signal))
      if (change.kind === "set" && change.object.metadata.name === "counted") values.push(change.object.data.value);
  })();
  await eventually("the watch", () => watches() || undefined);
  for (let i = 0; i < 40; i++) {
    await put("counted", String(i));
    if (i % 10 === 5) at.proxy.cut(/configmaps$/);
  }
  await eventually("the last value", () => (values.at(-1) === "39" ? true : undefined));
  expect(values).toEqual(Array.from({ length: 40 }, (_, i) => String(i)));
  expect(lists()).toBe(1);
  // A cut shows as an error or as an early end; either way the watch is opened again, and no loss is left standing.
  expect(watches()).toBeGreaterThan(1);
  const count = (kind: string) => troubles.filter((trouble) => trouble.kind === kind).length;
  expect(count("restored")).toBe(count("lost"));
  stop.abort(new Error("enough"));
  await expect(following).rejects.toThrow("enough");
});

test("an expired history is answered by a new list; the copy is right again", async () => {
  await put("kept", "1");
  await put("deleted", "1");
  const events: CacheEvent[] = [];
  using cache = watched(at.cluster, maps, (event) => events.push(event));
  await cache.ready(signal);
  const gone = {
    kind: "Status",
    apiVersion: "v1",
    status: "Failure",
    reason: "Expired",
    code: 410,
    message: "too old",
  };
  const end = at.proxy.rule("GET", /configmaps\?.*watch=1/, { kind: "answer", status: 410, body: gone }, 2);
  at.proxy.cut(/configmaps$/);
  await deleteObject(at.cluster, { ...maps, namespace: at.namespace, name: "deleted" }, {}, signal);
  await put("kept", "2");
  await eventually("the new list", () => (cache.get("kept", at.namespace)?.data.value === "2" ? true : undefined));
  expect(cache.get("deleted", at.namespace)).toBeUndefined();
  expect(events.filter((e) => e.kind === "reset").length).toBeGreaterThan(1);
  end();
  await put("kept", "3");
  await eventually("the next change", () => (cache.get("kept", at.namespace)?.data.value === "3" ? true : undefined));
});

test("an error event inside the stream is a reason to list anew", async () => {
  using cache = watched(at.cluster, maps, () => undefined);
  await cache.ready(signal);
  const status = { kind: "Status", code: 410, reason: "Expired", message: "too old resource version" };
  at.proxy.rule(
    "GET",
    /configmaps\?.*watch=1/,
    { kind: "answer", status: 200, body: `${JSON.stringify({ type: "ERROR", object: status })}\n` },
    1,
  );
  const before = lists();
  at.proxy.cut(/configmaps$/);
  await eventually("the new list", () => lists() > before || undefined);
});

test("many who look share one list and one watch, which ends with the last of them", async () => {
  // Of a kind that nothing else here asks for: what another test's watch asked last may still be on its way.
  const templates: Selection = { apiVersion: "v1", kind: "PodTemplate", namespace: at.namespace };
  const asked = () => at.proxy.requests.filter(({ path }) => path.endsWith("/podtemplates"));
  const holds = Array.from({ length: 10 }, () => watched(at.cluster, templates, () => undefined));
  await Promise.all(holds.map((hold) => hold.ready(signal)));
  await eventually("the watch", () => asked().find(({ query }) => query.has("watch")));
  expect(asked().map(({ query }) => query.has("watch"))).toEqual([false, true]);
  for (const hold of holds) hold[Symbol.dispose]();
  using again = watched(at.cluster, templates, () => undefined);
  await again.ready(signal);
  expect(asked().filter(({ query }) => !query.has("watch"))).toHaveLength(2);
});

test("a kind that may not be listed fails at once, for all who look", async () => {
  const forbidden = {
    kind: "Status",
    apiVersion: "v1",
    status: "Failure",
    reason: "Forbidden",
    code: 403,
    message: "no",
  };
  at.proxy.rule("GET", /\/secrets/, { kind: "answer", status: 403, body: forbidden });
  const failed = Promise.withResolvers<unknown>();
  using cache = watched(at.cluster, { apiVersion: "v1", kind: "Secret", namespace: at.namespace }, (event) => {
    if (event.kind === "failed") failed.resolve(event.thrown);
  });
  await expect(cache.ready(signal)).rejects.toBeInstanceOf(ApiError);
  expect(await failed.promise).toBeInstanceOf(ApiError);
});
