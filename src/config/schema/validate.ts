/**
 * Checks a tree against a type: reports all unknown keys and wrong shapes at once. Missing fields and fields that
 * exclude each other are checked in `complete.ts`, because profiles may still change them. Invalid parts are removed
 * from the result, so that later checks can use the rest.
 */
import { closest } from "../../std/text/edit-distance.ts";
import { apiVersion, compareVersions, type Version, versionOf } from "../upgrade/versions.ts";
import { type Entry, isNull, type ListNode, type MapNode, type Node, type ScalarNode } from "../yaml/tree.ts";
import { mistake } from "./mistakes.ts";
import { complain, type Report } from "./report.ts";
import { checkBool, checkInt, checkPort, checkString, described, mismatch } from "./scalars.ts";
import type { ListType, MapType, ObjectType, Type } from "./type.ts";

export interface Validation {
  readonly report: Report;
  /** The version that the document states; fields that came later are warned about. */
  readonly version?: Version;
  /** Unknown keys are only warned about, because the reference tool never checks what a patch wrote. */
  readonly lenient?: boolean;
}

/** The tree with scalars converted to their types and without invalid parts; undefined where all of it is invalid. */
export function validate(node: Node, type: Type, with_: Validation): Node | undefined {
  switch (type.kind) {
    case "string":
      return checkString(node, type, with_.report);
    case "int":
      return checkInt(node, type, with_.report);
    case "bool":
      return checkBool(node, with_.report);
    case "port":
      return checkPort(node, with_.report);
    case "any":
      return node;
    case "flat":
      return node.kind === "map" ? node : mismatch(node, "a map", with_.report);
    case "list":
      return validateList(node, type, with_);
    case "map":
      return validateMap(node, type, with_);
    case "object":
      return validateObject(node, type, with_);
  }
}

function validateList(node: Node, type: ListType, with_: Validation): Node | undefined {
  if (type.words && node.kind === "scalar" && typeof node.value === "string") return wordsOf(node);
  if (node.kind !== "list") return mismatch(node, "a list", with_.report, insteadOfList(node, type));
  const items: Node[] = [];
  let same = true;
  for (const item of node.items) {
    if (isNull(item)) complain(with_.report, "error", item, "an item of the list is empty");
    const checked = isNull(item) ? undefined : validate(item, type.of, with_);
    if (checked !== item) same = false;
    if (checked) items.push(checked);
  }
  return same ? node : ({ ...node, items } satisfies ListNode);
}

/** Splits `flags: -tags netgo` into a list of words; each item has the place of the text. */
function wordsOf(node: ScalarNode): ListNode {
  const items = node.text.split(/\s+/).filter((word) => word !== "");
  const { start, end, source } = node;
  return { kind: "list", start, end, source, items: items.map((text) => ({ ...node, text, value: text })) };
}

function insteadOfList(node: Node, type: ListType): string | undefined {
  if (node.kind === "scalar" && type.of.kind === "string") return `write [${JSON.stringify(node.text)}]`;
  if (node.kind === "map" && type.of.kind === "string") return "write a list of NAME=value texts";
  if (node.kind === "map" && type.of.kind === "object") return "put a dash before it";
  return undefined;
}

function validateMap(node: Node, type: MapType, with_: Validation): Node | undefined {
  if (node.kind !== "map") {
    const suggestion = node.kind === "list" ? "write NAME: value, without dashes" : undefined;
    return mismatch(node, "a map", with_.report, suggestion);
  }
  return rebuilt(node, (_key, entry) => {
    if (!isNull(entry.node)) return validate(entry.node, type.of, with_);
    if (type.nullable) return entry.node;
    return type.of.kind === "string" && entry.node.kind === "scalar" ? { ...entry.node, value: "" } : undefined;
  });
}

function validateObject(node: Node, type: ObjectType, with_: Validation): Node | undefined {
  if (node.kind !== "map") return mismatch(node, "a map", with_.report, insteadOfObject(node, type));
  return rebuilt(node, (key, entry) => {
    const of = Object.hasOwn(type.fields, key) ? type.fields[key] : undefined;
    if (!of) return unknownKey(key, entry, type, with_);
    if (of.since !== undefined) warnTooNew(key, entry, of.since, with_);
    if (of.dialect !== undefined)
      complain(with_.report, "hint", entry, `${key} is understood; the reference tool calls it ${of.dialect}`);
    if (isNull(entry.node)) {
      if (of.type.kind === "object" && of.type.whole)
        complain(with_.report, "warning", entry, `${key} is empty and counts as absent`, `write ${key}: {}`);
      return undefined;
    }
    const wrong = mistake.shape(type, key, entry);
    if (wrong !== undefined) {
      complain(
        with_.report,
        "error",
        entry.node,
        `expected ${wrong.wanted}, found ${described(entry.node)}`,
        wrong.write,
      );
      return undefined;
    }
    return validate(entry.node, of.type, with_);
  });
}

function warnTooNew(key: string, entry: Entry, since: string, { version, report }: Validation): void {
  const from = versionOf(since);
  if (version === undefined || from === undefined || compareVersions(from, version) <= 0) return;
  const message = `${key} came with ${apiVersion(from)}, this file is of ${apiVersion(version)}`;
  complain(report, "warning", entry, message, `write apiVersion: ${apiVersion(from)} or newer`);
}

/** The hint for `tagPolicy: sha256` where `tagPolicy: {sha256: {}}` is meant. */
function insteadOfObject(node: Node, type: ObjectType): string | undefined {
  if (node.kind === "list") return "leave the dash out";
  if (node.kind !== "scalar") return undefined;
  const of = Object.hasOwn(type.fields, node.text) ? type.fields[node.text] : undefined;
  if (of?.type.kind === "object") return `write {${node.text}: {}}`;
  return node.value === true ? "write {}" : undefined;
}

function unknownKey(key: string, entry: Entry, type: ObjectType, with_: Validation): undefined {
  const known = mistake.key(type, key);
  const near = known ?? closest(key, Object.keys(type.fields));
  const suggestion = known ?? (near === undefined ? keysOf(type) : `did you mean ${near}?`);
  const severity = with_.lenient || (type.lenient === true && known === undefined) ? "warning" : "error";
  complain(with_.report, severity, entry, `unknown key ${JSON.stringify(key)}`, suggestion);
  return undefined;
}

function keysOf(type: ObjectType): string | undefined {
  const keys = Object.keys(type.fields);
  if (keys.length === 0) return "nothing can be set here";
  return keys.length <= 8 ? `possible here: ${keys.join(", ")}` : undefined;
}

/** The map with every value passed through `change`; the same map where no value changes. */
function rebuilt(node: MapNode, change: (key: string, entry: Entry) => Node | undefined): MapNode {
  let entries: Map<string, Entry> | undefined;
  let broken: Set<string> | undefined;
  for (const [key, entry] of node.entries) {
    const changed = change(key, entry);
    if (changed === entry.node) continue;
    entries ??= new Map(node.entries);
    if (changed) entries.set(key, { ...entry, node: changed });
    else entries.delete(key);
    if (!changed && !isNull(entry.node)) broken = (broken ?? new Set(node.broken)).add(key);
  }
  if (!entries) return node;
  return broken ? { ...node, entries, broken } : { ...node, entries };
}
