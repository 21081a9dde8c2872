/**
 * A map of the document together with its path, and the few edits that upgrades consist of. Each edit adds itself to
 * the log. A value of an unexpected kind is left alone: the check of the finished document reports it.
 */
import { isMap, isScalar, isSeq, type Node, type Pair, Scalar, type YAMLMap, type YAMLSeq } from "yaml";
import type { ChangeKind, Log, Span } from "./change.ts";
import { isAbsent, keyOf, newMap, newPair, newSeq, spanOf, textOf } from "./nodes.ts";

/** The order of keys in a map when one of them is added. */
const order: Readonly<Record<string, readonly string[]>> = { manifests: ["deploy", "portForward", "profiles"] };

export class Cursor {
  readonly log: Log;
  readonly map: YAMLMap;
  readonly path: string;

  constructor(log: Log, map: YAMLMap, path = "") {
    this.log = log;
    this.map = map;
    this.path = path;
  }

  /** The path of a key of this map, in the form for readers. */
  at(key: string): string {
    return this.path === "" ? key : `${this.path}.${key}`;
  }

  pair(key: string): Pair | undefined {
    return this.map.items.find((pair) => keyOf(pair) === key);
  }

  /** The value, undefined where it is absent or null. */
  node(key: string): Node | undefined {
    const value = this.pair(key)?.value;
    return isAbsent(value) ? undefined : (value as Node);
  }

  has(key: string): boolean {
    return this.node(key) !== undefined;
  }

  text(key: string): string | undefined {
    return textOf(this.node(key));
  }

  /** The place of the key; the place of the map where the key is absent. */
  span(key: string): Span {
    return spanOf(this.pair(key)?.key, spanOf(this.map, [0, 0]));
  }

  child(key: string): Cursor | undefined {
    const value = this.node(key);
    return isMap(value) ? new Cursor(this.log, value, this.at(key)) : undefined;
  }

  /** The map below several keys. */
  down(...keys: readonly string[]): Cursor | undefined {
    return keys.reduce<Cursor | undefined>((cursor, key) => cursor?.child(key), this);
  }

  list(key: string): YAMLSeq | undefined {
    const value = this.node(key);
    return isSeq(value) ? value : undefined;
  }

  /** The items of a list that are maps. */
  items(key: string): Cursor[] {
    const items = this.list(key)?.items ?? [];
    return items.flatMap((item, i) => (isMap(item) ? [new Cursor(this.log, item, `${this.at(key)}[${i}]`)] : []));
  }

  /** The map below a key; created where it is absent. Undefined where another kind of value is there. */
  ensure(key: string, cause: Span): Cursor | undefined {
    const value = this.node(key);
    if (value === undefined) this.set(key, newMap(cause), cause);
    return this.child(key);
  }

  /** The list below a key; created where it is absent. Undefined where another kind of value is there. */
  ensureList(key: string, cause: Span): YAMLSeq | undefined {
    if (!this.has(key)) this.set(key, newSeq(cause), cause);
    return this.list(key);
  }

  /** Sets a value without a log entry: the caller adds one. An existing key keeps its position. */
  set(key: string, value: Node, cause: Span): void {
    const pair = this.pair(key);
    if (pair) pair.value = value;
    else this.#insert(newPair(key, value, cause));
    this.log.edits = undefined;
  }

  #insert(pair: Pair): void {
    const before = order[keyOf(pair) ?? ""] ?? [];
    const index = this.map.items.findIndex((other) => before.includes(keyOf(other) ?? ""));
    const next = this.map.items[index];
    if (!next) this.map.items.push(pair);
    else {
      if (isScalar(next.key) && next.key.spaceBefore === true && isScalar(pair.key)) pair.key.spaceBefore = true;
      this.map.items.splice(index, 0, pair);
    }
  }

  /** Renames a key in its position. A null value is renamed too. */
  rename(from: string, to: string): void {
    const pair = this.pair(from);
    const span = this.span(from);
    const before = this.at(from);
    if (!pair) return;
    if (this.has(to)) return this.#conflict(from, this.at(to), span);
    this.#discard(to);
    renameKey(pair, to);
    this.log.change({ kind: "renamed", from: before, to: this.at(to) }, span, {
      start: span[0],
      end: span[1],
      text: to,
    });
  }

  /** Moves a key with its comments to another map. Returns the value, undefined where there was none. */
  move(from: string, target: Cursor, to = from): Node | undefined {
    const pair = this.pair(from);
    if (!pair || isAbsent(pair.value)) {
      this.#discard(from);
      return undefined;
    }
    const span = this.span(from);
    if (target.has(to)) {
      this.#conflict(from, target.at(to), span);
      return undefined;
    }
    this.#bringComment(pair);
    this.map.items.splice(this.map.items.indexOf(pair), 1);
    target.#discard(to);
    renameKey(pair, to);
    target.#insert(pair);
    this.log.change({ kind: "moved", from: this.at(from), to: target.at(to) }, span);
    return pair.value as Node;
  }

  /** Removes a key without a log entry. Returns the value, undefined where it was absent or null. */
  take(key: string): Node | undefined {
    const value = this.node(key);
    this.#discard(key);
    return value;
  }

  /** Moves the comment above a key to the key that replaces it. */
  handComment(from: string, target: Cursor, to: string): void {
    const [pair, other] = [this.pair(from), target.pair(to)];
    if (!pair || !isScalar(pair.key) || !isScalar(other?.key)) return;
    this.#bringComment(pair);
    other.key.commentBefore ??= pair.key.commentBefore ?? null;
  }

  /** Removes a key, with a log entry. */
  remove(key: string): void {
    const pair = this.pair(key);
    if (!pair) return;
    const span = this.span(key);
    const absent = isAbsent(pair.value);
    this.#discard(key);
    if (!absent) this.log.change({ kind: "removed", from: this.at(key) }, span);
  }

  /** Replaces the value of a scalar in its position. */
  setScalar(key: string, value: string | boolean): void {
    const scalar = this.node(key);
    if (!isScalar(scalar)) return;
    const [start, end] = spanOf(scalar, this.span(key));
    scalar.value = value;
    scalar.source = String(value);
    scalar.type = Scalar.PLAIN;
    const edit = { start, end, text: String(value) };
    this.log.change({ kind: "rewritten", from: this.at(key), to: this.at(key) }, this.span(key), edit);
  }

  /** Replaces a text in its position; does nothing where it is equal. */
  setText(key: string, value: string): void {
    const scalar = this.node(key);
    if (!isScalar(scalar) || scalar.value === value) return;
    if (scalar.type === Scalar.PLAIN && /^[\w/][\w./-]*$/.test(value)) return this.setScalar(key, value);
    scalar.value = value;
    scalar.source = value;
    this.note("rewritten", key, this.at(key), this.span(key));
  }

  /** Replaces a value by another form of it. */
  rewrite(key: string, value: Node): void {
    const pair = this.pair(key);
    if (!pair) return;
    pair.value = value;
    this.note("rewritten", key, this.at(key), this.span(key));
  }

  /** Logs a change that the caller made itself. */
  note(kind: ChangeKind, from: string, to: string, span: Span): void {
    this.log.change({ kind, from: this.at(from), to }, span);
  }

  warn(key: string, message: string, suggestion?: string): void {
    this.log.say("warning", message, this.span(key), suggestion);
  }

  error(key: string, message: string, suggestion?: string): void {
    this.log.say("error", message, this.span(key), suggestion);
  }

  isEmpty(): boolean {
    return this.map.items.length === 0;
  }

  #discard(key: string): void {
    const pair = this.pair(key);
    if (!pair) return;
    this.#bringComment(pair);
    this.map.items.splice(this.map.items.indexOf(pair), 1);
    this.log.edits = undefined;
  }

  /** The YAML reader attaches a comment above the first key to the map: it is moved with that key. */
  #bringComment({ key }: Pair): void {
    const comment = this.map.commentBefore;
    if (!isScalar(key) || this.map.items[0]?.key !== key || typeof comment !== "string" || this.path === "") return;
    key.commentBefore = comment;
    this.map.commentBefore = null;
  }

  /** Reports that both the old and the new spelling exist, and removes the old one: which one was meant is unknown. */
  #conflict(old: string, other: string, span: Span): void {
    this.log.say("error", `${this.at(old)} and ${other} mean the same`, span, "keep one of them");
    this.#discard(old);
  }
}

function renameKey(pair: Pair, to: string): void {
  if (!isScalar(pair.key)) return;
  pair.key.value = to;
  if (pair.key.source !== undefined) pair.key.source = to;
}
