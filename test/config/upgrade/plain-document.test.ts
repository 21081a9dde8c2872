/** A document made from a tree of plain YAML upgrades as the one that the YAML library reads from the same text. */
import { expect, test } from "bun:test";
import type { Document } from "yaml";
import { upgradeDocument } from "../../../src/config/upgrade/upgrade.ts";
import { toTree } from "../../../src/config/yaml/convert.ts";
import { documentOf } from "../../../src/config/yaml/document.ts";
import { readPlain } from "../../../src/config/yaml/plain.ts";
import { readYaml } from "../../../src/config/yaml/read.ts";
import { Source } from "../../../src/config/yaml/source.ts";
import { type Node, placeOf } from "../../../src/config/yaml/tree.ts";
import { samples } from "./corpus.ts";
import { dice, mutated } from "./mutate.ts";

const silent = () => undefined;

/** Whether the text is plain; then both documents say the same. */
function agree(text: string): boolean {
  const source = new Source("/a.yaml", "a.yaml", text);
  const plain = readPlain(source);
  if (!plain) return false;
  const upgrade = (document: Document) => {
    const { changes, diagnostics } = upgradeDocument(document, { source });
    const tree = toTree(document, source, silent);
    return { changes, diagnostics, tree: tree && said(tree) };
  };
  const library = readYaml(source, silent).map(({ document }) => upgrade(document));
  expect(plain.map((tree) => upgrade(documentOf(tree)))).toEqual(library);
  return true;
}

function said(node: Node): unknown {
  const place = placeOf(node);
  if (node.kind === "scalar") return [place, node.value, node.text, node.quoted];
  if (node.kind === "list") return [place, node.items.map(said)];
  return [place, [...node.entries].map(([key, entry]) => [key, placeOf(entry), said(entry.node)])];
}

test("the corpus", () => {
  expect(samples.filter(({ old }) => agree(old)).length).toBeGreaterThan(samples.length / 2);
});

test("mutated texts", () => {
  for (let seed = 1; seed <= 1500; seed++) {
    const roll = dice(seed);
    agree(mutated(samples[roll(samples.length)]?.old ?? "", roll));
  }
});
