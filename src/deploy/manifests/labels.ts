/**
 * Sets the labels of `--label` as the reference tool does: in every `metadata.labels` of the kinds on its list, pod
 * templates included, where the object does not set them itself. These labels are the user's; devloop's own mark is in
 * `owner.ts`. Pure.
 */
import type { KubeObject } from "../../cluster/cluster.ts";
import { isJsonRecord, type Json, type JsonRecord } from "../../std/data/json.ts";
import { isAmong, keepsLabels, type Selectors, transformable } from "./transformable.ts";

export function withLabels(
  object: KubeObject,
  labels: Readonly<Record<string, string>>,
  selectors?: Selectors,
): KubeObject {
  const where = transformable(object, selectors);
  if (where === undefined || Object.keys(labels).length === 0) return object;
  const walk = (value: Json, path: string): Json => {
    if (Array.isArray(value)) return (value as readonly Json[]).map((item) => walk(item, path));
    if (!isJsonRecord(value)) return value;
    const fields = Object.entries(value).map(([field, below]): [string, Json] => {
      const at = path === "" ? field : `${path}.${field}`;
      return [field, field === "metadata" && isJsonRecord(below) ? labelled(below, at) : walk(below, at)];
    });
    return Object.fromEntries(fields);
  };
  const labelled = (metadata: JsonRecord, path: string): JsonRecord => {
    const at = `${path}.labels`;
    if (!isAmong(where.labels, at, "labels") || keepsLabels(object, at)) return metadata;
    const own = isJsonRecord(metadata.labels) ? metadata.labels : {};
    return { ...metadata, labels: { ...labels, ...own } };
  };
  return walk(object as unknown as Json, "") as unknown as KubeObject;
}
