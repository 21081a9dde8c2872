/**
 * Objects as the text of manifests: fields sorted, two spaces, documents joined by `---`. Equal objects give equal
 * text, and a reader by Kubernetes' rules gets the same objects: a text that YAML 1.1 could take for another type
 * (`yes`, `0644`, `0o17`) is quoted, keys included.
 */
import { Document, visit } from "yaml";
import type { KubeObject } from "../../cluster/cluster.ts";
import { plainScalar } from "./yaml-scalar.ts";

/** Without a line end at the end; empty for no objects. */
export function printManifests(objects: readonly KubeObject[]): string {
  return objects.map((object) => printObject(object)).join("\n---\n");
}

function printObject(object: KubeObject): string {
  const document = new Document(object, { sortMapEntries: true, aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value !== "string" || isBlock(node.value)) return;
      const read = plainScalar(node.value);
      const same = "value" in read && read.value === node.value && !/^<<$|\n/.test(node.value);
      if (!same) node.type = "QUOTE_DOUBLE";
    },
  });
  return document.toString({ indentSeq: false, lineWidth: 0 }).replace(/\n$/, "");
}

/** Whether a text of several lines can be a block: it begins with a word, and no line has only blanks. */
function isBlock(text: string): boolean {
  return text.includes("\n") && /^\S/.test(text) && !/[^\P{C}\n\t]|(?:^|\n)[ \t]+(?:\n|$)/u.test(text);
}
