/**
 * Merges a profile's sections into the config, at the reference tool's granularity: lists, free maps and sections that
 * are present or absent as a whole are replaced; plain groups of fields are merged field by field; of fields that
 * exclude each other, the profile's choice removes the others; values equal to an absent one (false, 0, empty) change
 * nothing.
 */
import { isZero } from "../schema/complete.ts";
import type { Field, ObjectType } from "../schema/type.ts";
import type { Entry, MapNode, Node } from "../yaml/tree.ts";

/** @param skip keys that describe the profile itself and are no sections */
export function overlay(
  base: MapNode,
  over: MapNode,
  type: ObjectType,
  profile: string,
  skip: ReadonlySet<string> = new Set(),
): MapNode {
  const entries = new Map(base.entries);
  for (const [key, entry] of over.entries) {
    const of = Object.hasOwn(type.fields, key) ? (type.fields[key] as Field) : undefined;
    if (!of || skip.has(key) || isZero(entry.node, of)) continue;
    const below = entries.get(key);
    if (of.group !== undefined) dropGroup(entries, type, of.group, over);
    entries.set(key, layered(below, entry, of, profile));
  }
  return { ...base, entries };
}

function layered(below: Entry | undefined, over: Entry, of: Field, profile: string): Entry {
  const enter = of.type.kind === "object" && !of.type.whole && below?.node.kind === "map" && over.node.kind === "map";
  if (!enter) return { ...over, node: stamped(over.node, profile) };
  const node = overlay(below.node as MapNode, over.node as MapNode, of.type as ObjectType, profile);
  return { ...below, node };
}

function dropGroup(entries: Map<string, Entry>, type: ObjectType, group: string, over: MapNode): void {
  for (const key of [...entries.keys()])
    if (type.fields[key]?.group === group && !over.entries.has(key)) entries.delete(key);
}

/** The node, marked with the profile that put it there. */
export function stamped<N extends Node>(node: N, profile: string): N {
  return { ...node, profile };
}
