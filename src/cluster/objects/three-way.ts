/**
 * The slower way for objects that server-side apply refuses and client-side apply accepts: a list with the same key
 * twice (two ports of one name, two variables of one name). Computes a JSON merge patch from the last applied, the
 * wanted and the live object; lists are replaced as a whole. Pure.
 */
import { canonical, isJsonRecord, type Json, type JsonRecord } from "../../std/data/json.ts";
import type { KubeObject } from "../cluster.ts";
import { lastAppliedAnnotation } from "./ownership.ts";

/** The last applied object, from the annotation; an empty record where that cannot be read. */
export function lastApplied(live: KubeObject): JsonRecord {
  try {
    const parsed = JSON.parse(live.metadata.annotations?.[lastAppliedAnnotation] ?? "{}") as Json;
    return isJsonRecord(parsed) ? parsed : {};
  } catch {
    return {};
  }
}

/** The object with the annotation that the next three-way apply reads. */
export function withLastApplied(desired: KubeObject): KubeObject {
  const { [lastAppliedAnnotation]: _, ...annotations } = desired.metadata.annotations ?? {};
  const bare = { ...desired, metadata: { ...desired.metadata, annotations } };
  const note = `${JSON.stringify(bare)}\n`;
  return { ...bare, metadata: { ...bare.metadata, annotations: { ...annotations, [lastAppliedAnnotation]: note } } };
}

/**
 * The merge patch from `live` to `desired`: sets what differs, removes what was last applied and is not wanted any
 * more.
 */
export function threeWayPatch(last: JsonRecord, desired: JsonRecord, live: JsonRecord): JsonRecord {
  const patch: Record<string, Json> = {};
  for (const [field, wanted] of Object.entries(desired)) {
    const [was, is] = [last[field], live[field]];
    if (isJsonRecord(wanted) && isJsonRecord(is)) {
      const below = threeWayPatch(isJsonRecord(was) ? was : {}, wanted, is);
      if (Object.keys(below).length > 0) patch[field] = below;
    } else if (is === undefined || canonical(wanted) !== canonical(is)) patch[field] = wanted;
  }
  for (const field of Object.keys(last))
    if (desired[field] === undefined && live[field] !== undefined) patch[field] = null;
  return patch;
}
