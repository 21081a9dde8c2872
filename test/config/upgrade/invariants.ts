/** What holds after the upgrade of any text whatever. Shared by the short run in the tests and the long one in bench. */
import { type Document, isMap, isNode, isSeq } from "yaml";
import { fixText } from "../../../src/config/upgrade/fix.ts";
import { upgradeDocument } from "../../../src/config/upgrade/upgrade.ts";
import { toTree } from "../../../src/config/yaml/convert.ts";
import { readYaml } from "../../../src/config/yaml/read.ts";
import { Source } from "../../../src/config/yaml/source.ts";

/** What does not hold for a text, in words; empty where all is well. Throws where the upgrade does. */
export function broken(text: string): string[] {
  const source = new Source("f.yaml", "f.yaml", text);
  const complaints: string[] = [];
  for (const { document } of readYaml(source, () => {})) {
    const upgraded = upgradeDocument(document, { source });
    toTree(document, source, () => {});
    complaints.push(...misplaced(document, text));
    for (const { at } of upgraded.changes)
      if (at.text !== source.line(at.line - 1)) complaints.push("a change has no place");
    if (upgraded.from === undefined || upgraded.diagnostics.some(({ severity }) => severity === "error")) continue;
    const again = upgradeDocument(document, { source });
    if (again.changes.length > 0) complaints.push(`changed again: ${JSON.stringify(again.changes)}`);
  }
  return complaints;
}

/** As `broken`, for the rewriting of the text. */
export function brokenFix(text: string): string[] {
  const fixed = fixText(text, "f.yaml");
  if (fixed.diagnostics.some(({ severity }) => severity === "error"))
    return fixed.text === text ? [] : ["changed in spite of an error"];
  const again = fixText(fixed.text, "f.yaml");
  return again.text === fixed.text ? [] : [`fixed again: ${JSON.stringify(again.changes.concat())}`];
}

function misplaced(document: Document, text: string): string[] {
  const complaints: string[] = [];
  const visit = (node: unknown): void => {
    if (!isNode(node)) {
      if (node !== null && node !== undefined) complaints.push(`no node: ${String(node)}`);
      return;
    }
    const [start, end] = node.range ?? [-1, -1];
    if (start < 0 || end < start || end > text.length) complaints.push(`a node is nowhere: ${String(node.range)}`);
    if (isMap(node))
      for (const pair of node.items) {
        visit(pair.key);
        visit(pair.value);
      }
    if (isSeq(node)) for (const item of node.items) visit(item);
  };
  visit(document.contents);
  return complaints;
}
