import { expect, test } from "bun:test";
import fc from "fast-check";
import { parseDocument, stringify } from "yaml";
import { cursorAt } from "../../src/lsp/cursor.ts";

type Tree = string | { [key: string]: Tree } | Tree[];

const key = fc.stringMatching(/^[a-z]{1,6}$/);
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    key,
    fc.dictionary(key, tie("tree"), { minKeys: 1, maxKeys: 4, noNullPrototype: true }),
    fc.array(tie("tree"), { minLength: 1, maxLength: 3 }),
  ),
}));

/** Paths of all scalars, with the row and column where each begins. */
function* scalars(node: unknown, path: (string | number)[]): Generator<{ path: (string | number)[]; start: number }> {
  const { items, range, value } = node as { items?: unknown[]; range: [number]; value?: unknown };
  if (items === undefined) {
    if (typeof value === "string") yield { path, start: range[0] };
    return;
  }
  for (const [i, item] of items.entries()) {
    const pair = item as { key?: { value: string }; value?: unknown };
    if (pair.key) yield* scalars(pair.value, [...path, pair.key.value]);
    else yield* scalars(item, [...path, i]);
  }
}

test("the path of a cursor is the one that the YAML reader has, whatever the indentation", () => {
  const root = fc.dictionary(key, tree, { minKeys: 1, maxKeys: 4, noNullPrototype: true });
  fc.assert(
    fc.property(root, fc.integer({ min: 2, max: 4 }), fc.boolean(), (data, indent, indentSeq) => {
      const text = stringify(data, { indent, indentSeq });
      for (const { path, start } of scalars(parseDocument(text).contents, [])) {
        const before = text.slice(0, start).split("\n");
        const cursor = cursorAt(text.split("\n"), before.length - 1, before.at(-1)?.length ?? 0);
        // A text of a list is like a key that is being typed: the path is the item's.
        expect(cursor?.path).toEqual(path);
      }
    }),
  );
});
