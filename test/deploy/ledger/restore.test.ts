/** Putting back against a server that others write to meanwhile: how often it is tried, and when it is given up. */
import { expect, test } from "bun:test";
import type { KubeObject } from "../../../src/cluster/cluster.ts";
import type { Entry } from "../../../src/deploy/ledger/ledger.ts";
import { restore } from "../../../src/deploy/ledger/restore.ts";
import { fakeApi, refusal } from "../../rig/fake-api.ts";

const ours = "devloop";
const ref = { apiVersion: "v1", kind: "ConfigMap", name: "settings", namespace: "shop" };
const manager = (name: string) => ({ manager: name, operation: "Apply", fieldsV1: {} });
const live = (more: object = {}): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "settings", namespace: "shop", uid: "u1", resourceVersion: "7" },
  data: { a: "ours" },
  ...more,
});
const entry = (uid = "u1") =>
  ({
    ref,
    uid,
    state: "changed",
    manager: ours,
    prior: [{ path: ["data", "a"], was: "theirs", now: "ours" }],
  }) as unknown as Entry & { readonly state: "changed" };

/** A server whose PATCHes are answered in turn, the last answer again and again; with the bodies that were sent. */
async function against(answers: readonly (() => Response)[], object: KubeObject | null = live()) {
  const bodies: unknown[] = [];
  const api = await fakeApi(async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/api/v1")
      return Response.json({ resources: [{ name: "configmaps", kind: "ConfigMap", namespaced: true, verbs: [] }] });
    if (request.method === "GET") return object ? Response.json(object) : refusal(404, "NotFound", "not found");
    bodies.push(await request.json());
    return (answers[bodies.length - 1] ?? answers.at(-1) ?? (() => Response.json(object)))();
  });
  const cluster = await api.connect();
  return {
    bodies,
    restore: (of = entry()) => restore(cluster, of, new AbortController().signal),
    [Symbol.asyncDispose]: () => api[Symbol.asyncDispose](),
  };
}
const taken = () => Response.json(live({ data: { a: "theirs" } }));
const conflict = () => refusal(409, "Conflict", "the object has been modified");

test("what others write in between is met again: the object is read and tried once more", async () => {
  await using at = await against([conflict, conflict, taken]);
  expect(await at.restore()).toEqual({ restored: true, others: 0 });
  expect(at.bodies).toHaveLength(3);
  expect(at.bodies[0]).toEqual([
    { op: "replace", path: "/metadata/resourceVersion", value: "7" },
    { op: "replace", path: "/data/a", value: "theirs" },
  ]);
});

test("after five tries the conflict is the answer", async () => {
  await using at = await against([conflict]);
  await expect(at.restore()).rejects.toMatchObject({ code: 409 });
  expect(at.bodies).toHaveLength(5);
});

test.each([
  [403, "Forbidden"],
  [410, "Gone"],
  [422, "Invalid"],
])("a %i is told at once", async (code, reason) => {
  await using at = await against([() => refusal(code, reason, "no")]);
  await expect(at.restore()).rejects.toMatchObject({ code });
  expect(at.bodies).toHaveLength(1);
});

test.each([
  ["gone", null],
  ["another one now", live({ metadata: { name: "settings", namespace: "shop", uid: "u2" } })],
])("an object that is %s is left alone", async (_what, object) => {
  await using at = await against([taken], object);
  expect(await at.restore()).toEqual({ restored: false, others: 0 });
  expect(at.bodies).toEqual([]);
});

test("what somebody has changed since stays, and is counted", async () => {
  await using at = await against([taken], live({ data: { a: "somebody's" } }));
  expect(await at.restore()).toEqual({ restored: false, others: 1 });
  expect(at.bodies).toEqual([]);
});

test.each([
  ["others stay", [manager(ours), manager("kubectl"), manager("devloop-restore")], [manager("kubectl")]],
  ["nobody is left", [manager(ours)], [{}]],
])("our managers go with what they managed: %s", async (_what, managedFields, left) => {
  const metadata = { name: "settings", namespace: "shop", uid: "u1", resourceVersion: "8", managedFields };
  const after = () => Response.json(live({ metadata, data: { a: "theirs" } }));
  await using at = await against([after]);
  expect(await at.restore()).toEqual({ restored: true, others: 0 });
  expect(at.bodies[1]).toEqual([
    { op: "replace", path: "/metadata/resourceVersion", value: "8" },
    { op: "replace", path: "/metadata/managedFields", value: left },
  ]);
});
