/**
 * Checks that are possible only once profiles are applied: missing required fields, fields that exclude each other, and
 * fields that devloop does not act on yet. `judgeNotYet` alone decides the severity of the last kind.
 */
import type { Severity } from "../../diag/diagnostic.ts";
import { closest } from "../../std/text/edit-distance.ts";
import { type Entry, isNull, type MapNode, type Node, placeOf } from "../yaml/tree.ts";
import { mistake } from "./mistakes.ts";
import { complain, type Report } from "./report.ts";
import type { Field, NotYet, ObjectType, Type } from "./type.ts";

/**
 * A field that devloop reads but does not act on: a warning where the result is right nevertheless, an error where it
 * would be wrong. No such field is ignored silently.
 */
function judgeNotYet(reason: NotYet, acting: boolean): { readonly severity: Severity; readonly words: string } {
  return reason === "harmless" || !acting
    ? { severity: "warning", words: "is accepted, but devloop does not act on it yet" }
    : { severity: "error", words: "is valid, but devloop cannot do it yet, and the result would be wrong without it" };
}

/** @param acting whether the command builds or deploys: only then can a result be wrong */
export function checkComplete(node: Node, type: Type, report: Report, acting = true): void {
  if (node.kind === "list" && type.kind === "list") {
    for (const item of node.items) checkComplete(item, type.of, report, acting);
  } else if (node.kind === "map" && type.kind === "map") {
    for (const { node: value } of node.entries.values()) checkComplete(value, type.of, report, acting);
  } else if (node.kind === "map" && type.kind === "object") {
    checkObject(node, type, report, acting);
  }
}

function checkObject(node: MapNode, type: ObjectType, report: Report, acting: boolean): void {
  let taken: Map<string, [key: string, entry: Entry]> | undefined;
  for (const [key, entry] of node.entries) {
    const of = Object.hasOwn(type.fields, key) ? (type.fields[key] as Field) : undefined;
    if (!of || isNull(entry.node) || (of.group !== undefined && isEmptyList(entry.node))) continue;
    if (of.group !== undefined) {
      const first = taken?.get(of.group);
      if (first) excludes(first, [key, entry], report);
      taken = (taken ?? new Map()).set(of.group, first ?? [key, entry]);
    }
    if (of.notYet !== undefined && !isZero(entry.node, of)) {
      const { severity, words } = judgeNotYet(of.notYet, acting);
      complain(report, severity, entry, `${key} ${words}`);
      if (severity === "error") continue;
    }
    checkComplete(entry.node, of.type, report, acting);
  }
  // Misspelt keys, which were reported already: they are probably the missing ones.
  const wrong = new Set(
    [...(node.broken ?? [])].map((key) => (Object.hasOwn(type.fields, key) ? key : meant(key, type))),
  );
  for (const key of requiredKeys(type)) {
    const value = node.entries.get(key)?.node;
    if ((isNull(value) || isEmptyText(value)) && !wrong.has(key)) missing(node, key, report);
  }
}

function excludes(first: [string, Entry], second: [string, Entry], report: Report): void {
  const { line } = placeOf(first[1]);
  const message = `${second[0]} and ${first[0]} (line ${line}) exclude each other`;
  complain(report, "error", second[1], message, "leave one of them out");
}

/** The field that an unknown key was probably meant to be. */
function meant(key: string, type: ObjectType): string | undefined {
  const known = mistake.key(type, key);
  return known === undefined ? closest(key, Object.keys(type.fields)) : /^write (\w+):/.exec(known)?.[1];
}

function missing(node: MapNode, key: string, report: Report): void {
  const first = node.entries.values().next().value;
  complain(report, "error", first ?? node, `${key} is missing here`);
}

const required = new WeakMap<ObjectType, readonly string[]>();

function requiredKeys(type: ObjectType): readonly string[] {
  const known = required.get(type);
  if (known) return known;
  const found = Object.keys(type.fields).filter((key) => type.fields[key]?.required);
  required.set(type, found);
  return found;
}

function isEmptyText(node: Node | undefined): boolean {
  return node?.kind === "scalar" && node.value === "";
}

function isEmptyList(node: Node): boolean {
  return node.kind === "list" && node.items.length === 0;
}

/** Whether the value is equal to an absent one. */
export function isZero(node: Node, of: Field): boolean {
  if (node.kind === "scalar") {
    if (node.value === null) return true;
    return of.keepsZero !== true && (node.value === false || node.value === 0 || node.value === "");
  }
  if (node.kind === "list") return node.items.length === 0;
  if (of.type.kind === "object" && of.type.whole) return false;
  return node.entries.size === 0;
}
