/**
 * A tree as a document of the YAML library, with the place of every node. An upgrade edits this document, which saves a
 * second and slower parse of the text. A tree has neither comments nor quoting styles, so `fix` parses the text
 * instead.
 */
import { Document, Pair, Scalar, YAMLMap, YAMLSeq } from "yaml";
import type { Entry, MapNode, Node } from "./tree.ts";

/** @param tree of plain YAML: aliases in it would be written out in full */
export function documentOf(tree: MapNode): Document {
  const document = new Document();
  document.contents = yamlOf(tree) as NonNullable<typeof document.contents>;
  return document;
}

function yamlOf(node: Node): YAMLMap | YAMLSeq | Scalar {
  const made = node.kind === "map" ? mapOf(node) : node.kind === "list" ? new YAMLSeq() : scalarOf(node);
  if (node.kind === "list") (made as YAMLSeq).items = node.items.map(yamlOf);
  made.range = [node.start, node.end, node.end];
  return made;
}

function mapOf({ entries }: MapNode): YAMLMap {
  const map = new YAMLMap();
  map.items = [...entries].map(([key, entry]) => new Pair(keyOf(key, entry), yamlOf(entry.node)));
  return map;
}

function keyOf(key: string, { start, end }: Entry): Scalar {
  const scalar = new Scalar(key);
  scalar.source = key;
  scalar.type = Scalar.PLAIN;
  scalar.range = [start, end, end];
  return scalar;
}

function scalarOf({ value, text, quoted }: Extract<Node, { kind: "scalar" }>): Scalar {
  const scalar = new Scalar(value);
  scalar.source = text;
  scalar.type = quoted ? Scalar.QUOTE_DOUBLE : Scalar.PLAIN;
  return scalar;
}
