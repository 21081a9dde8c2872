/**
 * Objects as the text of manifests: fields sorted, two spaces, documents joined by `---`. Equal objects give equal text,
 * and whoever reads it by Kubernetes' rules gets the same objects: a text that looks like anything else to YAML 1.1
 * (`yes`, `0644`, `0o17`) is put in quotes, keys likewise.
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

/** Texts of several lines that a block shows as they are: begun by a word, no line of blanks alone. */
function isBlock(text: string): boolean {
  return text.includes("\n") && /^\S/.test(text) && !/[^\P{C}\n\t]|(?:^|\n)[ \t]+(?:\n|$)/u.test(text);
}
