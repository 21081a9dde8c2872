import { expect, test } from "bun:test";
import * as fc from "fast-check";
import type { KubeObject } from "../../../src/cluster/cluster.ts";
import { type PatchStep, remembered, restoration } from "../../../src/deploy/apply/prior.ts";
import type { Json, JsonRecord } from "../../../src/std/data/json.ts";

function object(spec: Json, resourceVersion = "1"): KubeObject {
  return { apiVersion: "v1", kind: "Thing", metadata: { name: "x", uid: "u", resourceVersion }, spec };
}

/** A JSON patch, applied as the API server does. */
function patched(target: KubeObject, steps: readonly PatchStep[]): KubeObject {
  const copy = JSON.parse(JSON.stringify(target)) as JsonRecord;
  for (const step of steps) {
    const path = step.path
      .slice(1)
      .split("/")
      .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
    const last = path.pop() as string;
    // biome-ignore lint/suspicious/noExplicitAny: the holder is whatever the path leads to.
    const holder = path.reduce<any>((at, part) => at[part], copy);
    if (step.op === "remove") delete holder[last];
    else if (step.op !== "test") {
      if (Array.isArray(holder)) holder[Number(last)] = step.value;
      else
        Object.defineProperty(holder, last, {
          value: step.value,
          enumerable: true,
          configurable: true,
          writable: true,
        });
    }
  }
  return copy as unknown as KubeObject;
}

const field = fc.constantFrom("a", "b", "c/d", "e~f", "__proto__", "toString");
const value = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom<Json>("x", "y", 1, 2, true, null),
    fc.array(tie("value") as fc.Arbitrary<Json>, { maxLength: 2 }),
    fc.dictionary(field, tie("value") as fc.Arbitrary<Json>, { maxKeys: 3 }),
  ),
})).value as fc.Arbitrary<Json>;
const spec = fc.dictionary(field, value, { maxKeys: 3 });

test("after any number of changes of ours, putting back gives what was there first", () => {
  void fc.assert(
    fc.property(spec, fc.array(spec, { minLength: 1, maxLength: 4 }), (first, changes) => {
      const original = object(first);
      let live = original;
      let known: ReturnType<typeof remembered> = [];
      for (const [i, change] of changes.entries()) {
        const after = object(change, String(i + 2));
        known = remembered(known, live, after);
        live = after;
      }
      const { patch, others } = restoration(live, known);
      expect(others).toBe(0);
      expect(patched(live, patch).spec).toEqual(original.spec);
    }),
    { numRuns: 500 },
  );
});

test("what others changed since stays, and the rest goes back", () => {
  const first = object({ a: 1, b: { c: 1, d: 1 }, list: [1, 2] });
  const ours = object({ a: 2, b: { c: 2, d: 1, e: 2 }, list: [1, 3] });
  const known = remembered([], first, ours);
  const live = object({ a: 2, b: { c: 5, d: 1, e: 2 }, list: [1, 3], theirs: 1 });
  const { patch, others } = restoration(live, known);
  expect(others).toBe(1);
  expect(patched(live, patch).spec).toEqual({ a: 1, b: { c: 5, d: 1 }, list: [1, 2], theirs: 1 });
});

test("a second change between which somebody else changed something remembers theirs as prior", () => {
  const first = object({ a: 1, b: 1 });
  const known = remembered([], first, object({ a: 2, b: 1 }));
  const between = object({ a: 2, b: 7 });
  const again = remembered(known, between, object({ a: 3, b: 8 }));
  expect(patched(object({ a: 3, b: 8 }), restoration(object({ a: 3, b: 8 }), again).patch).spec).toEqual({
    a: 1,
    b: 7,
  });
});

test("what holds the field is gone: nothing is put back into it", () => {
  const known = remembered([], object({ a: { b: 1 } }), object({ a: { b: 2 } }));
  expect(restoration(object({}), known)).toEqual({ patch: [], others: 1 });
});
