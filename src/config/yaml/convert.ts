/**
 * A YAML document as a tree (`tree.ts`): aliases are followed and `<<` is merged (a map's own keys win, and of several
 * merged maps the earlier one). Duplicate keys and keys that are no text are refused. So are a document that grows too
 * large through its aliases and one that is nested too deeply.
 */
import { type Document, isAlias, isMap, isScalar, isSeq, type Node as YamlNode } from "yaml";
import type { Diagnostic } from "../../diag/diagnostic.ts";
import type { Source } from "./source.ts";
import type { Entry, MapNode, Node } from "./tree.ts";

/**
 * More levels than any configuration or manifest has: the deepest schemas of custom resources stay below half of it.
 */
const deepest = 250;
/** Limit on the nodes of a document with every alias replaced by a copy. */
const mostNodes = 2_000_000;

interface Converted {
  readonly node: Node;
  /** Number of nodes, aliases replaced by copies. */
  readonly size: number;
  /** Levels below the node, aliases replaced by copies. */
  readonly height: number;
}

/** The tree, or undefined where the document is refused. Lesser diagnostics are reported and still give a tree. */
export function toTree(document: Document, source: Source, report: (d: Diagnostic) => void): Node | undefined {
  return new Converter(source, report).run(document.contents);
}

/** Ends the conversion of a document that is refused as a whole; caught in this file. */
class Refused extends Error {}

class Converter {
  readonly #source: Source;
  readonly #report: (d: Diagnostic) => void;
  readonly #anchors = new Map<string, YamlNode>();
  readonly #done = new Map<YamlNode, Converted>();

  constructor(source: Source, report: (d: Diagnostic) => void) {
    this.#source = source;
    this.#report = report;
  }

  run(contents: unknown): Node | undefined {
    try {
      return this.#convert(contents, 0, 0, 0).node;
    } catch (thrown) {
      if (thrown instanceof Refused) return undefined;
      throw thrown;
    }
  }

  #error(message: string, start: number, end: number, suggestion?: string): void {
    const at = this.#source.place(start, end);
    this.#report({ severity: "error", message, at, ...(suggestion === undefined ? {} : { suggestion }) });
  }

  #refuse(message: string, start: number, end: number): never {
    this.#error(message, start, end);
    throw new Refused();
  }

  #tooDeep(at: number): never {
    this.#refuse(`nested more than ${deepest} levels deep`, at, at + 1);
  }

  /**
   * @param start
   * @param end the place of a node without one of its own: a node made by an upgrade, or an empty value
   */
  #convert(yaml: unknown, start: number, end: number, depth: number): Converted {
    const node = yaml as YamlNode | null | undefined;
    if (node?.range) [start, end] = node.range;
    if (depth > deepest) this.#tooDeep(start);
    if (isAlias(node)) return this.#alias(node.source, start, end);
    const anchor = node && "anchor" in node ? node.anchor : undefined;
    if (node && anchor !== undefined) this.#anchors.set(anchor, node);
    const converted = this.#plain(node, start, end, depth);
    if (converted.height > deepest) this.#tooDeep(start);
    if (converted.size > mostNodes) this.#refuse("its aliases make it too large", start, start + 1);
    if (node && anchor !== undefined) this.#done.set(node, converted);
    return converted;
  }

  #plain(node: YamlNode | null | undefined, start: number, end: number, depth: number): Converted {
    const source = this.#source;
    if (isMap(node)) return this.#map(node.items, start, end, depth);
    if (isSeq(node)) {
      const items: Node[] = [];
      let [size, height] = [1, 0];
      for (const item of node.items) {
        const converted = this.#convert(item, start, start, depth + 1);
        items.push(converted.node);
        size += converted.size;
        height = Math.max(height, converted.height);
      }
      return { node: { kind: "list", source, start, end, items }, size, height: height + 1 };
    }
    if (isScalar(node)) {
      const value = plainValue(node.value);
      const quoted = isText(node.tag) || (node.type !== undefined && node.type !== "PLAIN");
      const text = quoted || node.source === undefined ? textOf(node.value) : node.source;
      return { node: { kind: "scalar", source, start, end, value, text, quoted }, size: 1, height: 0 };
    }
    return { node: { kind: "scalar", source, start, end, value: null, text: "", quoted: false }, size: 1, height: 0 };
  }

  #alias(name: string, start: number, end: number): Converted {
    const target = this.#anchors.get(name);
    if (!target) return this.#refuse(`there is no anchor &${name} before this alias`, start, end);
    const done = this.#done.get(target);
    if (!done) return this.#refuse(`the alias *${name} is inside the value that it stands for`, start, end);
    return done;
  }

  #map(pairs: readonly unknown[], start: number, end: number, depth: number): Converted {
    const entries = new Map<string, Entry>();
    const merged: MapNode[] = [];
    let [size, height] = [1, 0];
    for (const pair of pairs as readonly { key: unknown; value: unknown }[]) {
      const key = pair.key as YamlNode | string | null;
      const [keyStart, keyEnd] = (typeof key === "object" && key?.range) || [start, start + 1];
      const value = this.#convert(pair.value, keyStart, keyEnd, depth + 1);
      size += value.size;
      height = Math.max(height, value.height);
      const name = keyText(key);
      if (name === undefined) this.#error("a key has to be a plain text", keyStart, keyEnd);
      else if (name === "<<" && isPlainKey(key)) merged.push(...this.#mergeable(value.node, keyStart, keyEnd));
      else if (entries.has(name)) this.#duplicate(name, keyStart, keyEnd, entries.get(name) as Entry);
      else entries.set(name, { source: this.#source, start: keyStart, end: keyEnd, node: value.node });
    }
    for (const map of merged) for (const [name, entry] of map.entries) if (!entries.has(name)) entries.set(name, entry);
    return { node: { kind: "map", source: this.#source, start, end, entries }, size, height: height + 1 };
  }

  #duplicate(name: string, start: number, end: number, first: Entry): void {
    const { line } = this.#source.place(first.start, first.end);
    this.#error(`the key ${JSON.stringify(name)} is there twice, first on line ${line}`, start, end);
  }

  #mergeable(node: Node, start: number, end: number): MapNode[] {
    const maps = node.kind === "list" ? node.items : [node];
    if (maps.every((map) => map.kind === "map")) return maps as MapNode[];
    this.#error("<< merges a map or a list of maps, this is neither", start, end);
    return [];
  }
}

/** Whether the tag makes any value a text: `!!str 1`, `! yes`, `!!binary aGk=`. */
function isText(tag: string | undefined): boolean {
  return tag === "!" || tag === "tag:yaml.org,2002:str" || tag === "tag:yaml.org,2002:binary";
}

function keyText(key: YamlNode | string | null): string | undefined {
  if (typeof key === "string") return key;
  if (!isScalar(key) || key.value === null) return undefined;
  return key.type === "PLAIN" && key.source !== undefined ? key.source : textOf(key.value);
}

function isPlainKey(key: unknown): boolean {
  return isScalar(key) && (key.type === undefined || key.type === "PLAIN");
}

function plainValue(value: unknown): string | number | boolean | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  return textOf(value);
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (value instanceof Date) return value.toISOString();
  return String(value);
}
