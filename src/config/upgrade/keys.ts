/**
 * Finds keys that a version does not have. The check runs before the upgrade, with the keys of the version that the
 * file states: `manifests` in a v2beta29 file is a mistake, even though newer versions have a key of that name. The key
 * is removed, so that it causes no further diagnostics. A file of the newest version is checked against the schema
 * instead.
 */
import { isMap, isSeq, type Pair } from "yaml";
import { closest } from "../../std/text/edit-distance.ts";
import type { Log } from "./change.ts";
import { Cursor } from "./cursor.ts";
import { deviations } from "./deviations.ts";
import type { FieldShape, Shape } from "./history/notation.ts";
import { shapeOf, versionsWith } from "./history/shapes.ts";
import { keyOf } from "./nodes.ts";
import { apiVersion, compareVersions, type Version } from "./versions.ts";

/** Below these paths the reference tool ignores unknown keys, from the given version on. */
const unchecked: ReadonlyMap<string, Version> = new Map([
  ["build.cluster", "v2beta11" as Version],
  ["build.artifacts.kaniko", "v2beta11" as Version],
]);

/** Keys of no version that the loader accepts: see `deviations.ts`. */
const understood = new Set(
  deviations.filter((deviation) => deviation.understood).map(({ at }) => at.replaceAll(".*", "")),
);

/** From this version on an unknown key stays in place for the check against the schema, which has better messages. */
const likeNewest = "v3alpha1" as Version;

/** Reports every key that the version does not have, and removes it. */
export function checkKeys(root: Cursor, version: Version): void {
  new KeyCheck(root.log, version).object(root, shapeOf(version), []);
}

class KeyCheck {
  readonly #log: Log;
  readonly #version: Version;

  constructor(log: Log, version: Version) {
    this.#log = log;
    this.#version = version;
  }

  /** `path` without list indexes. */
  object(cursor: Cursor, shape: Shape, path: readonly string[]): void {
    for (const pair of [...cursor.map.items]) {
      const key = keyOf(pair);
      if (key === undefined || key === "<<" || (path.length === 0 && key.startsWith("."))) continue;
      const field = shape.fields.get(key);
      if (field) this.#value(cursor, pair, field, [...path, key]);
      else this.#unknown(cursor, key, shape, [...path, key]);
    }
  }

  #value(cursor: Cursor, { value }: Pair, field: FieldShape, path: readonly string[]): void {
    const since = unchecked.get(inPipeline(path).join("."));
    if (!field.shape || (since !== undefined && compareVersions(this.#version, since) >= 0)) return;
    const at = cursor.at(path.at(-1) ?? "");
    if (field.kind === "one" && isMap(value)) this.object(new Cursor(this.#log, value, at), field.shape, path);
    if (field.kind !== "list" || !isSeq(value)) return;
    for (const [i, item] of value.items.entries())
      if (isMap(item)) this.object(new Cursor(this.#log, item, `${at}[${i}]`), field.shape, path);
  }

  #unknown(cursor: Cursor, key: string, shape: Shape, path: readonly string[]): void {
    if (understood.has(inPipeline(path).join("."))) return;
    const known = versionsWith(path);
    const tooNew = known[0] !== undefined && compareVersions(known[0], this.#version) > 0;
    if (!tooNew && compareVersions(this.#version, likeNewest) >= 0) return;
    const message = `unknown key ${JSON.stringify(key)} in ${apiVersion(this.#version)}`;
    cursor.error(key, message, this.#advice(key, shape, path, known));
    cursor.take(key);
  }

  #advice(key: string, shape: Shape, path: readonly string[], known: readonly Version[]): string | undefined {
    const [first, last] = [known[0], known.at(-1)];
    if (first && compareVersions(first, this.#version) > 0)
      return `known since ${apiVersion(first)}: state that version or a newer one`;
    if (last) return `${apiVersion(last)} was the last version with it: devloop fix writes what there is instead`;
    const at = inPipeline(path).join(".");
    const deviation = deviations.find((candidate) => candidate.at.replaceAll(".*", "") === at && !candidate.matches);
    if (deviation) return deviation.suggestion;
    const near = closest(key, shape.fields.keys());
    return near === undefined ? undefined : `did you mean ${near}?`;
  }
}

/** The path in the root that corresponds to a path in a profile's section. */
function inPipeline(path: readonly string[]): readonly string[] {
  return path[0] === "profiles" ? path.slice(1) : path;
}
