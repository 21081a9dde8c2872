/**
 * The fields of an object as key parts, each with its value sealed, because any of them may be a secret. `why` can then
 * name the changed field without showing its value. Pure.
 */
import type { KubeObject } from "../../cluster/cluster.ts";
import { canonical, isJsonRecord, type Json } from "../../std/data/json.ts";

/** Dotted path -> sealed value; list items by index. Empty maps and lists are values too. */
export function fieldSeals(object: KubeObject, seal: (value: string) => string): Readonly<Record<string, string>> {
  const seals: Record<string, string> = {};
  const walk = (value: Json, path: string) => {
    const below = childrenOf(value);
    if (below.length === 0) seals[path] = seal(canonical(value));
    for (const [step, child] of below) walk(child, path === "" ? step : `${path}.${step}`);
  };
  walk(object as unknown as Json, "");
  return seals;
}

function childrenOf(value: Json): readonly (readonly [string, Json])[] {
  if (Array.isArray(value)) return (value as readonly Json[]).map((item, i) => [String(i), item] as const);
  return isJsonRecord(value) ? Object.entries(value) : [];
}
