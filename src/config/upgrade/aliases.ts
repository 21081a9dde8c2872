/**
 * Aliases and merge keys during an upgrade. An edit of a node that several places share would change all of them, so
 * every alias first becomes a copy; afterwards a copy that still equals its anchor becomes an alias again. Where all
 * uses of an anchor below a top-level `.name` were changed in the same way, the anchor is changed with them.
 */
import { type Alias, type Document, isAlias, isMap, isScalar, isSeq, type Node, Pair, type YAMLMap } from "yaml";
import { copyOf, keyOf, sameData, textOf } from "./nodes.ts";

/** How many nodes the copies of one document may have; a usual configuration has some hundred. */
const mostCopies = 200_000;

interface Use {
  readonly alias: Alias;
  readonly anchor: Node;
  readonly copy: Node;
}

interface Merge {
  readonly map: YAMLMap;
  readonly pair: Pair;
  readonly anchors: readonly YAMLMap[];
  readonly copies: readonly Pair[];
}

export class Aliases {
  readonly #anchors = new Map<string, Node>();
  /** Anchors whose end has not been reached: an alias to one of them is a circle and stays. */
  readonly #open = new Set<Node>();
  readonly #uses: Use[] = [];
  readonly #merges: Merge[] = [];
  #copies = 0;

  /** Whether the document has aliases or merge keys. */
  get found(): boolean {
    return this.#uses.length > 0 || this.#merges.length > 0;
  }

  /** Replaces every alias by a copy. False where the document would become too large. */
  unfold(document: Document): boolean {
    this.#visit(document.contents);
    return this.#copies <= mostCopies;
  }

  /** Restores aliases where the copy is unchanged. */
  fold(document: Document): void {
    if (!this.found) return;
    const order = placesOf(document.contents);
    this.#changeKept(document, order);
    for (const merge of this.#merges) if (order.has(merge.map)) foldMerge(merge, order);
    const copies = new Map<unknown, Use>(this.#uses.map((use) => [use.copy, use]));
    replaceAll(document.contents, (node) => {
      const use = copies.get(node);
      const [anchored, here] = [order.get(use?.anchor), order.get(node)];
      const again = use && anchored !== undefined && here !== undefined && anchored < here;
      return again && sameData(use.anchor, use.copy) ? use.alias : node;
    });
  }

  #visit(node: unknown): void {
    if (this.#copies > mostCopies || (!isMap(node) && !isSeq(node) && !isScalar(node))) return;
    if (node.anchor !== undefined) {
      this.#anchors.set(node.anchor, node);
      this.#open.add(node);
    }
    if (isSeq(node))
      for (const [i, item] of node.items.entries()) {
        if (isAlias(item)) node.items[i] = this.#written(item);
        else this.#visit(item);
      }
    if (isMap(node)) this.#visitMap(node);
    this.#open.delete(node);
  }

  #visitMap(map: YAMLMap): void {
    for (const pair of [...map.items]) {
      if (isMergeKey(pair) && this.#unmerge(map, pair)) continue;
      if (isAlias(pair.value)) pair.value = this.#written(pair.value);
      else this.#visit(pair.value);
    }
  }

  /**
   * A copy of the node that an alias refers to; the alias itself where it cannot be copied. Copies hold no aliases: see
   * `#visit`.
   */
  #written(alias: Alias): Node {
    const anchor = this.#target(alias);
    if (!anchor || !this.#affords(anchor)) return alias;
    const copy = copyOf(anchor);
    this.#uses.push({ alias, anchor, copy });
    return copy;
  }

  #target(alias: Alias): Node | undefined {
    const anchor = this.#anchors.get(alias.source);
    return anchor && !this.#open.has(anchor) ? anchor : undefined;
  }

  /** Counts the nodes of a copy before it is made; false where the limit is exceeded. */
  #affords(node: unknown): boolean {
    if (this.#copies <= mostCopies) this.#copies += count(node);
    return this.#copies <= mostCopies;
  }

  /** Replaces `<<` by the keys that it merges. False where its value cannot be merged. */
  #unmerge(map: YAMLMap, pair: Pair): boolean {
    const sources = isSeq(pair.value) ? pair.value.items : [pair.value];
    const anchors: YAMLMap[] = [];
    for (const source of sources) {
      const anchor = isAlias(source) ? this.#target(source) : source;
      if (!isMap(anchor)) return false;
      if (anchor === source) this.#visit(anchor);
      anchors.push(anchor);
    }
    const taken = new Set(map.items.map(keyOf));
    const copies: Pair[] = [];
    for (const anchor of anchors)
      for (const own of anchor.items) {
        if (taken.has(keyOf(own))) continue;
        taken.add(keyOf(own));
        if (this.#affords(own.value)) copies.push(new Pair(copyOf(own.key), copyOf(own.value)));
      }
    map.items.splice(map.items.indexOf(pair), 1, ...copies);
    this.#merges.push({ map, pair, anchors, copies });
    return true;
  }

  /**
   * Changes anchors below a top-level key with a dot as all of their uses were changed, because those keys exist only
   * for their uses.
   */
  #changeKept(document: Document, order: ReadonlyMap<unknown, number>): void {
    if (!isMap(document.contents)) return;
    const kept = new Set<unknown>();
    for (const pair of document.contents.items)
      if (keyOf(pair)?.startsWith(".")) for (const node of placesOf(pair.value).keys()) kept.add(node);
    const byAnchor = Map.groupBy(this.#uses, ({ anchor }) => anchor);
    for (const [anchor, uses] of byAnchor) {
      const [first, ...others] = uses.map(({ copy }) => copy);
      const agree = first && kept.has(anchor) && order.has(first) && !sameData(anchor, first);
      const merged = this.#merges.some(({ anchors }) => anchors.includes(anchor as YAMLMap));
      if (!agree || merged || !others.every((other) => order.has(other) && sameData(first, other))) continue;
      adopt(anchor, first);
    }
  }
}

function isMergeKey(pair: Pair): boolean {
  return isScalar(pair.key) && textOf(pair.key) === "<<" && (pair.key.type === undefined || pair.key.type === "PLAIN");
}

/** Restores `<<` where all keys that it merged exist unchanged. */
function foldMerge({ map, pair, anchors, copies }: Merge, order: ReadonlyMap<unknown, number>): void {
  const here = order.get(map) as number;
  const inPlace = anchors.every(
    (anchor) => (order.get(anchor) ?? Number.POSITIVE_INFINITY) < here || pair.value === anchor,
  );
  const originals = anchors.flatMap(({ items }) => items);
  const unchanged = copies.every(
    (copy) =>
      map.items.includes(copy) &&
      originals.some((own) => keyOf(own) === keyOf(copy) && sameData(own.value, copy.value)),
  );
  const keys = new Set([...map.items.map(keyOf)]);
  if (!inPlace || !unchanged || !originals.every((own) => keys.has(keyOf(own)))) return;
  const index = Math.max(0, copies[0] ? map.items.indexOf(copies[0]) : 0);
  map.items = map.items.filter((own) => !copies.includes(own));
  map.items.splice(index, 0, pair);
}

function adopt(anchor: Node, changed: Node): void {
  if (isMap(anchor) && isMap(changed)) anchor.items = copyOf(changed).items;
  else if (isSeq(anchor) && isSeq(changed)) anchor.items = copyOf(changed).items;
  else if (isScalar(anchor) && isScalar(changed))
    Object.assign(anchor, { value: changed.value, source: changed.source });
}

/** Every node of a tree with its position in the order of the text. */
function placesOf(root: unknown): Map<unknown, number> {
  const order = new Map<unknown, number>();
  const visit = (node: unknown): void => {
    order.set(node, order.size);
    if (isMap(node)) for (const pair of node.items) visit(pair.value);
    else if (isSeq(node)) for (const item of node.items) visit(item);
  };
  visit(root);
  return order;
}

function replaceAll(node: unknown, replace: (node: unknown) => unknown): void {
  if (isMap(node))
    for (const pair of node.items) {
      pair.value = replace(pair.value);
      replaceAll(pair.value, replace);
    }
  else if (isSeq(node))
    for (const [i, item] of node.items.entries()) {
      node.items[i] = replace(item);
      replaceAll(node.items[i], replace);
    }
}

function count(node: unknown): number {
  if (isMap(node)) return node.items.reduce((sum, pair) => sum + count(pair.value), 1);
  return isSeq(node) ? node.items.reduce<number>((sum, item) => sum + count(item), 1) : 1;
}
