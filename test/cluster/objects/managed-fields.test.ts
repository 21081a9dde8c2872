import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { KubeObject } from "../../../src/cluster/cluster.ts";
import { applyRecord, drift, needsWrite } from "../../../src/cluster/objects/drift.ts";
import {
  type FieldTree,
  type ManagerEntry,
  ownedDigest,
  ownedFields,
  union,
} from "../../../src/cluster/objects/managed-fields.ts";
import { lastAppliedAnnotation, takenOver } from "../../../src/cluster/objects/ownership.ts";
import { lastApplied, threeWayPatch, withLastApplied } from "../../../src/cluster/objects/three-way.ts";
import { isJsonRecord, type Json, type JsonRecord } from "../../../src/std/data/json.ts";

function entry(
  manager: string,
  operation: "Apply" | "Update",
  fieldsV1: FieldTree,
  more: Partial<ManagerEntry> = {},
): ManagerEntry {
  return { manager, operation, apiVersion: "v1", fieldsType: "FieldsV1", fieldsV1, ...more };
}

function object(content: Record<string, unknown>, managedFields: readonly ManagerEntry[]): KubeObject {
  return { apiVersion: "v1", kind: "Thing", metadata: { name: "a", uid: "u", managedFields }, ...content };
}

describe("the live values of what we own", () => {
  const content = {
    spec: {
      size: 3,
      other: "theirs",
      ports: [
        { port: 80, protocol: "TCP", name: "a", nodePort: 30000 },
        { port: 81, protocol: "TCP", name: "b" },
      ],
      set: ["x", "y"],
      atomic: { deep: [1, 2] },
      indexed: ["p", "q"],
      map: { mine: "1", theirs: "2" },
    },
  };

  test.each<[string, FieldTree, JsonRecord]>([
    ["a field", { "f:spec": { "f:size": {} } }, { "f:spec": { "f:size": 3 } }],
    ["a whole value", { "f:spec": { "f:atomic": {} } }, { "f:spec": { "f:atomic": { deep: [1, 2] } } }],
    [
      "a list item by its keys",
      { "f:spec": { "f:ports": { 'k:{"port":80,"protocol":"TCP"}': { ".": {}, "f:name": {} } } } },
      { "f:spec": { "f:ports": { 'k:{"port":80,"protocol":"TCP"}': { "f:name": "a" } } } },
    ],
    ["a member of a set", { "f:spec": { "f:set": { 'v:"y"': {} } } }, { "f:spec": { "f:set": { 'v:"y"': "y" } } }],
    ["an item by index", { "f:spec": { "f:indexed": { "i:1": {} } } }, { "f:spec": { "f:indexed": { "i:1": "q" } } }],
    [
      "a map that others write too",
      { "f:spec": { "f:map": { ".": {}, "f:mine": {} } } },
      { "f:spec": { "f:map": { "f:mine": "1" } } },
    ],
    ["what is gone", { "f:spec": { "f:absent": {}, "f:set": { 'v:"z"': {} } } }, { "f:spec": { "f:set": {} } }],
    ["nothing", {}, {}],
  ])("%s", (_, fields, values) => {
    expect(ownedFields(object(content, [entry("devloop", "Apply", fields)]), "devloop")).toEqual(values);
  });

  test("a key twice in a list is both items", () => {
    const twice = object(
      {
        env: [
          { name: "A", value: "1" },
          { name: "A", value: "2" },
        ],
      },
      [entry("devloop", "Update", { "f:env": { 'k:{"name":"A"}': { "f:value": {} } } })],
    );
    expect(ownedFields(twice, "devloop")).toEqual({
      "f:env": { 'k:{"name":"A"}': [{ "f:value": "1" }, { "f:value": "2" }] },
    });
  });

  test("only what we own changes the digest", () => {
    const fields = { "f:spec": { "f:size": {} } };
    const managers = [entry("devloop", "Apply", fields), entry("other", "Update", { "f:spec": { "f:other": {} } })];
    const digest = (spec: object) => ownedDigest(object({ spec }, managers), "devloop");
    expect(digest({ size: 3, other: "x" })).toBe(digest({ size: 3, other: "y", status: {} }));
    expect(digest({ size: 3 })).not.toBe(digest({ size: 4 }));
    const lost = ownedDigest(object({ spec: { size: 3 } }, [entry("other", "Update", fields)]), "devloop");
    expect(lost).not.toBe(digest({ size: 3 }));
    const status = entry("devloop", "Update", { "f:status": {} }, { subresource: "status" });
    expect(ownedFields(object({ status: { a: 1 } }, [status]), "devloop")).toEqual({});
  });

  test("the union of trees holds both, whatever the order", () => {
    const tree = fc.letrec<{ tree: FieldTree }>((tie) => ({
      tree: fc.oneof(
        { depthSize: "small" },
        fc.constant<FieldTree>({}),
        fc.dictionary(fc.constantFrom("f:a", "f:b", "k:{}", "."), tie("tree"), { maxKeys: 3 }),
      ),
    })).tree;
    fc.assert(
      fc.property(tree, tree, (a, b) => {
        expect(union(a, b)).toEqual(union(b, a));
        expect(union(union(a, b), b)).toEqual(union(a, b));
      }),
    );
  });
});

describe("drift", () => {
  const fields = { "f:data": { "f:a": {} } };
  const desired: KubeObject = { apiVersion: "v1", kind: "Thing", metadata: { name: "a" }, data: { a: "1" } };
  const live = object({ data: { a: "1" } }, [entry("devloop", "Apply", fields)]);
  const record = applyRecord(desired, live, "devloop");

  test("an object under the name with another uid, or on its way out, has changed", () => {
    expect(drift(desired, live, record, "devloop")).toBe("equal");
    expect(drift(desired, { ...live, metadata: { ...live.metadata, uid: "v" } }, record, "devloop")).toBe("changed");
    const ending = { ...live, metadata: { ...live.metadata, deletionTimestamp: "2030-01-01T00:00:00Z" } };
    expect(drift(desired, ending, record, "devloop")).toBe("changed");
    expect(drift(desired, undefined, record, "devloop")).toBe("changed");
    expect(drift(desired, live, undefined, "devloop")).toBe("unknown");
  });

  test("a dry run that changes only times and versions is no reason to write", () => {
    const later = {
      ...live,
      status: { phase: "x" },
      metadata: { ...live.metadata, resourceVersion: "9", generation: 4, creationTimestamp: "2030" },
    };
    expect(needsWrite(live, later, "devloop")).toBe(false);
    expect(needsWrite(live, { ...later, data: { a: "2" } }, "devloop")).toBe(true);
    const owned = object({ data: { a: "1" } }, [entry("devloop", "Apply", { "f:data": { "f:a": {}, "f:b": {} } })]);
    expect(needsWrite(live, owned, "devloop")).toBe(true);
  });
});

describe("what is taken over", () => {
  const note = { "f:metadata": { "f:annotations": { [`f:${lastAppliedAnnotation}`]: {} } } };

  test("kubectl's client-side entry, and whoever wrote the annotation, become ours", () => {
    const others = entry("kube-controller-manager", "Update", { "f:status": {} }, { subresource: "status" });
    const live = object({}, [
      entry("kubectl-client-side-apply", "Update", { "f:spec": { "f:a": {} } }),
      entry("some-ci", "Update", { ...note, "f:spec": { "f:b": {} } }),
      entry("kubectl-edit", "Update", { "f:spec": { "f:c": {} } }),
      others,
    ]);
    const after = takenOver(live, "devloop");
    expect(after?.map((e) => [e.manager, e.operation])).toEqual([
      ["kubectl-edit", "Update"],
      ["kube-controller-manager", "Update"],
      ["devloop", "Apply"],
    ]);
    expect(after?.at(-1)?.fieldsV1).toEqual({ ...note, "f:spec": { "f:a": {}, "f:b": {} } });
    expect(takenOver(object({}, after ?? []), "devloop")).toBeUndefined();
  });

  test("they are joined with what we own already", () => {
    const live = object({}, [
      entry("devloop", "Apply", { "f:spec": { "f:a": {} } }),
      entry("kubectl-client-side-apply", "Update", { "f:spec": { "f:b": {} } }),
    ]);
    expect(takenOver(live, "devloop")).toEqual([entry("devloop", "Apply", { "f:spec": { "f:a": {}, "f:b": {} } })]);
  });
});

describe("the three-way patch", () => {
  const value: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.integer({ min: 0, max: 2 }),
      fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 2 }),
      fc.dictionary(fc.constantFrom("a", "b", "c"), tie("value"), { maxKeys: 3 }),
    ),
  })).value;
  const tree = fc.dictionary(fc.constantFrom("a", "b", "c"), value, { maxKeys: 3 }) as fc.Arbitrary<JsonRecord>;

  test("brings every wanted value, removes what was applied and left, keeps what others added", () => {
    fc.assert(
      fc.property(tree, tree, tree, (last, desired, live) => {
        const after = merged(live, threeWayPatch(last, desired, live));
        expect(contains(after, desired)).toBe(true);
        for (const field of Object.keys(last)) if (!(field in desired)) expect(after[field]).toBeUndefined();
        for (const field of Object.keys(live))
          if (!(field in last) && !(field in desired)) expect(after[field]).toEqual(live[field] as Json);
        expect(threeWayPatch(desired, desired, after)).toEqual({});
      }),
    );
  });

  test("the note of what was applied holds no note of itself", () => {
    const desired = object({ data: { a: "1" } }, []);
    const once = withLastApplied(desired);
    expect(withLastApplied(once)).toEqual(once);
    expect(lastApplied(once).data).toEqual({ a: "1" });
    expect(lastApplied(object({}, []))).toEqual({});
  });
});

/** RFC 7386, as the server does it. */
function merged(target: Json | undefined, patch: JsonRecord): Record<string, Json> {
  const result: Record<string, Json> = isJsonRecord(target) ? { ...target } : {};
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) delete result[field];
    else result[field] = isJsonRecord(value) ? merged(result[field], value) : value;
  }
  return result;
}

function contains(all: Json | undefined, part: Json): boolean {
  if (!isJsonRecord(part)) return JSON.stringify(all) === JSON.stringify(part);
  return isJsonRecord(all) && Object.entries(part).every(([field, value]) => contains(all[field], value));
}
