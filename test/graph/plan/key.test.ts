import { expect, test } from "bun:test";
import fc from "fast-check";
import { compareRecords, keyOf, taskKey } from "../../../src/graph/plan/key.ts";
import { sealer } from "../../../src/graph/plan/seal.ts";
import type { Json, JsonRecord } from "../../../src/std/data/json.ts";

const seal = sealer("a secret of the store");
const value = fc.jsonValue() as fc.Arbitrary<Json>;
const record = fc.dictionary(fc.string(), value) as fc.Arbitrary<JsonRecord>;
/** Large enough to take part by its own digest. */
const tree = fc
  .tuple(fc.nat(300), fc.dictionary(fc.string({ unit: "binary" }), fc.string({ unit: "binary" })))
  .map(([count, odd]): JsonRecord => {
    const many = Array.from({ length: count }, (_, i) => [`src/file-${i}`, `file 644 ${i}`] as const);
    return { ...Object.fromEntries(many), ...odd };
  });

/** The same value, every record with its fields the other way round. */
function reversed(of: Json): Json {
  if (Array.isArray(of)) return of.map(reversed);
  if (typeof of !== "object" || of === null) return of;
  return Object.fromEntries(
    Object.entries(of)
      .reverse()
      .map(([field, inner]) => [field, reversed(inner as Json)]),
  );
}

test("field order does not change a key", () => {
  fc.assert(
    fc.property(record, tree, (parts, files) => {
      expect(keyOf(reversed({ parts, files }) as JsonRecord)).toBe(keyOf({ parts, files }));
    }),
  );
});

test("keys are equal exactly where nothing changed", () => {
  fc.assert(
    fc.property(record, record, (a, b) => {
      expect(keyOf(a) === keyOf(b)).toBe(compareRecords(a, b).length === 0);
      expect(compareRecords(a, a)).toEqual([]);
    }),
  );
});

test("any change in a large tree changes the key, and is named", () => {
  fc.assert(
    fc.property(tree, fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (files, path, description) => {
      const now: JsonRecord = { ...files, [path]: description };
      const same = Object.hasOwn(files, path) && files[path] === description;
      expect(keyOf({ files }) === keyOf({ files: now })).toBe(same);
      expect(compareRecords({ files }, { files: now }).map((change) => change.path)).toEqual(
        same ? [] : [`files.${path}`],
      );
    }),
  );
});

test("fields are never taken for what objects inherit", () => {
  expect(compareRecords({}, { constructor: "a" } as unknown as JsonRecord)).toEqual([
    { kind: "added", path: "constructor", now: "a" },
  ]);
  const own = JSON.parse('{"__proto__": "a"}') as JsonRecord;
  expect(compareRecords({}, own)).toEqual([{ kind: "added", path: "__proto__", now: "a" }]);
  expect(keyOf(own)).not.toBe(keyOf({}));
});

test("work of two kinds is never the same work", () => {
  expect(taskKey("tag", { image: "a" })).not.toBe(taskKey("deliver", { image: "a" }));
});

test("a change is named by its path, with both values", () => {
  const was = { docker: { buildArgs: { VERSION: "1" }, target: "dev" } };
  const now = { docker: { buildArgs: { VERSION: "2" } } };
  expect(compareRecords(was, now)).toEqual([
    { kind: "changed", path: "docker.buildArgs.VERSION", was: "1", now: "2" },
    { kind: "removed", path: "docker.target", was: "dev" },
  ]);
});

test("a sealed value is equal to itself and shown to nobody", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (a, b) => {
      fc.pre(a !== b);
      expect(seal(a)).toBe(seal(a));
      expect(seal(a)).not.toBe(seal(b));
      expect(seal(a)).not.toBe(sealer("another secret")(a));
      const changes = compareRecords(
        { args: { TOKEN: seal(a), GONE: seal(a), LIST: ["x", seal(a)] } },
        { args: { TOKEN: seal(b), NEW: seal(b), LIST: ["x"] } },
      );
      expect(changes).toEqual([
        { kind: "removed", path: "args.GONE" },
        { kind: "changed", path: "args.LIST" },
        { kind: "added", path: "args.NEW" },
        { kind: "changed", path: "args.TOKEN" },
      ]);
    }),
  );
});

test("numbers without a single form make no key", () => {
  expect(() => keyOf({ n: Number.NaN })).toThrow(RangeError);
});
