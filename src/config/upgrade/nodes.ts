/**
 * New YAML nodes, and nodes in new positions. A node that the user did not write gets the range of the node that caused
 * it, so that a diagnostic about it points at a line of the user's file.
 */
import { Alias, isAlias, isMap, isNode, isScalar, isSeq, type Node, Pair, Scalar, YAMLMap, YAMLSeq } from "yaml";
import type { Span } from "./change.ts";

/** Texts that a YAML 1.1 reader takes for booleans are always quoted. */
const ambiguous = /^(?:y|n|yes|no|on|off)$/i;

export function newScalar(value: string | number | boolean, cause: Span): Scalar {
  const scalar = new Scalar<unknown>(value);
  if (typeof value === "string" && ambiguous.test(value)) scalar.type = Scalar.QUOTE_DOUBLE;
  return placed(scalar, cause);
}

export function newMap(cause: Span, entries: Readonly<Record<string, Node>> = {}): YAMLMap {
  const map = placed(new YAMLMap(), cause);
  for (const [key, value] of Object.entries(entries)) map.items.push(newPair(key, value, cause));
  return map;
}

export function newSeq(cause: Span, items: readonly unknown[] = []): YAMLSeq {
  const seq = placed(new YAMLSeq(), cause);
  seq.items.push(...items);
  return seq;
}

export function newPair(key: string, value: unknown, cause: Span): Pair {
  return new Pair<unknown, unknown>(newScalar(key, cause), value);
}

/** The node's place in the file, else `fallback`. */
export function spanOf(node: unknown, fallback: Span): Span {
  return isNode(node) && node.range ? node.range : fallback;
}

/** A deep copy with all places, without comments and anchors, which stay with the original. */
export function copyOf<T>(node: T): T {
  return copied(node) as T;
}

function copied(node: unknown): unknown {
  if (isScalar(node)) {
    const { value, source, type, tag, format, minFractionDigits } = node;
    return Object.assign(
      placed(new Scalar(value), node.range),
      defined({ source, type, tag, format, minFractionDigits }),
    );
  }
  if (isMap(node)) {
    const map = Object.assign(
      placed(new YAMLMap(node.schema), node.range),
      defined({ flow: node.flow, tag: node.tag }),
    );
    map.items = node.items.map(({ key, value }) => new Pair(copied(key), copied(value)));
    return map;
  }
  if (isSeq(node)) {
    const seq = Object.assign(
      placed(new YAMLSeq(node.schema), node.range),
      defined({ flow: node.flow, tag: node.tag }),
    );
    seq.items = node.items.map(copied);
    return seq;
  }
  return isAlias(node) ? placed(new Alias(node.source), node.range) : node;
}

function defined(fields: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** The text of a scalar as it was written; undefined for collections, aliases and nothing. */
export function textOf(node: unknown): string | undefined {
  if (!isScalar(node) || node.value === null || node.value === undefined) return undefined;
  if (node.source !== undefined && (node.type === undefined || node.type === "PLAIN")) return node.source;
  return String(node.value);
}

/** A key as text; undefined where the key is no text. */
export function keyOf(pair: Pair): string | undefined {
  if (typeof pair.key === "string") return pair.key;
  return isScalar(pair.key) ? textOf(pair.key) : undefined;
}

/** `key:` without a value counts as absent. */
export function isAbsent(node: unknown): boolean {
  return node === null || node === undefined || (isScalar(node) && (node.value === null || node.value === undefined));
}

/** Whether two trees hold the same values; comments, places and styles are ignored. */
export function sameData(a: unknown, b: unknown): boolean {
  if (isMap(a) && isMap(b))
    return (
      a.items.length === b.items.length &&
      a.items.every((pair, i) => {
        const other = b.items[i];
        return other !== undefined && keyOf(pair) === keyOf(other) && sameData(pair.value, other.value);
      })
    );
  if (isSeq(a) && isSeq(b))
    return a.items.length === b.items.length && a.items.every((item, i) => sameData(item, b.items[i]));
  if (isScalar(a) && isScalar(b)) return a.value === b.value && textOf(a) === textOf(b);
  if (isAlias(a) && isAlias(b)) return a.source === b.source;
  return isAbsent(a) && isAbsent(b);
}

function placed<T extends Node>(node: T, span: Span | null | undefined): T {
  if (span) node.range = [span[0], span[1], span[1]];
  return node;
}
