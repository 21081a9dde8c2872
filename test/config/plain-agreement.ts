/** Whether the short way of reading YAML (`plain.ts`) and the long one say the same about a text. */
import { isDeepStrictEqual } from "node:util";
import { toTree } from "../../src/config/yaml/convert.ts";
import { readPlain } from "../../src/config/yaml/plain.ts";
import { readYaml } from "../../src/config/yaml/read.ts";
import { Source } from "../../src/config/yaml/source.ts";
import { type Node, placeOf } from "../../src/config/yaml/tree.ts";

/** `long` where the text is not read the short way; else both trees, and what the long way complains about. */
export function bothWays(text: string): "long" | { short: unknown; long: unknown; complaints: readonly string[] } {
  const source = new Source("/a.yaml", "a.yaml", text);
  const short = readPlain(source);
  if (short === undefined) return "long";
  const complaints: string[] = [];
  const report = ({ message }: { message: string }) => complaints.push(message);
  const long = readYaml(source, report).map(({ document }) => toTree(document, source, report));
  return { short: short.map(said), long: long.map((node) => node && said(node)), complaints };
}

export function disagree(text: string): boolean {
  const both = bothWays(text);
  return both !== "long" && (both.complaints.length > 0 || !isDeepStrictEqual(both.short, both.long));
}

/** Everything that a node says, in the order in which it is written. */
function said(node: Node): unknown {
  const place = placeOf(node);
  if (node.kind === "scalar") return [node.value, node.text, node.quoted, node.start, node.end];
  if (node.kind === "list") return [node.start, place, node.items.map(said)];
  return [node.start, place, [...node.entries].map(([key, e]) => [key, e.start, e.end, said(e.node)])];
}
