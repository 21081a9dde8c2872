/**
 * Which fields exist when the patches of a profile are applied. A patch that moved to another section may find that
 * section missing: it then adds the section with the value inside. Fields that a patch adds exist for the patches after
 * it.
 */
import { isMap, isSeq, type Node } from "yaml";
import type { Span } from "./change.ts";
import type { Cursor } from "./cursor.ts";
import { isAbsent, keyOf, newMap, newSeq } from "./nodes.ts";
import { pointerOf } from "./pointer.ts";

export class Reach {
  readonly #bases: readonly Cursor[];
  readonly #added = new Set<string>();

  constructor(...bases: readonly Cursor[]) {
    this.#bases = bases;
  }

  /** Whether the root, the profile or an earlier patch has a value at a path. */
  has(segments: readonly string[]): boolean {
    if (this.#added.has(pointerOf(segments))) return true;
    return this.#bases.some(({ map }) => found(map, segments));
  }

  /** The place of an `add` whose parent exists: the path itself, or the first missing part of it. */
  toward(segments: readonly string[], value: Node, cause: Span): { segments: readonly string[]; value: Node } {
    for (let length = 1; length < segments.length; length++) {
      const above = segments.slice(0, length);
      if (this.has(above)) continue;
      this.#added.add(pointerOf(above));
      return { segments: above, value: wrapped(segments.slice(length), value, cause) };
    }
    this.#added.add(pointerOf(segments));
    return { segments, value };
  }
}

function wrapped(segments: readonly string[], value: Node, cause: Span): Node {
  return segments.reduceRight<Node>(
    (inner, segment) => (/^\d+$|^-$/.test(segment) ? newSeq(cause, [inner]) : newMap(cause, { [segment]: inner })),
    value,
  );
}

function found(node: unknown, segments: readonly string[]): boolean {
  const [first, ...rest] = segments;
  if (first === undefined) return !isAbsent(node);
  if (isMap(node)) return node.items.some((pair) => keyOf(pair) === first && found(pair.value, rest));
  if (!isSeq(node)) return false;
  if (first === "-" || first.includes("=")) return true;
  return found(node.items[Number(first)], rest);
}
