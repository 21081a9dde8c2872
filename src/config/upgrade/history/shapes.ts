/**
 * The keys of every version, and the versions that have a key. Computed from the oldest version on when first needed.
 */
import { pipelineKeys } from "../../schema/type.ts";
import { positionOf, type Version, versions } from "../versions.ts";
import { changesIn, type Shape, Shapes } from "./notation.ts";
import { v1Fields } from "./v1.ts";
import { v2alphaFields } from "./v2alpha.ts";
import { v2betaFields } from "./v2beta.ts";
import { v3Fields } from "./v3.ts";

const replayed = new Map<Version, Shape>();
const found = new Map<string, readonly Version[]>();
let changes: ReadonlyMap<string, readonly string[]> | undefined;

/** The changes of a version. */
function changesOf(version: Version): readonly string[] {
  changes ??= changesIn(v1Fields + v2alphaFields + v2betaFields + v3Fields);
  return changes.get(version) ?? [];
}

/** The keys of a document of a version. */
export function shapeOf(version: Version): Shape {
  const known = replayed.get(version);
  if (known) return known;
  const shapes = new Shapes();
  for (const each of versions.slice(0, positionOf(version) + 1)) shapes.apply(changesOf(each));
  const profile = shapes.top.fields.get("profiles")?.shape;
  for (const key of pipelineKeys) {
    const section = shapes.top.fields.get(key);
    if (section) profile?.fields.set(key, section);
  }
  replayed.set(version, shapes.top);
  return shapes.top;
}

/** The versions that have a key, given by its path without list indexes: `build`, `artifacts`, `docker`, `secret`. */
export function versionsWith(path: readonly string[]): readonly Version[] {
  const name = path.join(".");
  const known = found.get(name) ?? searched(path);
  found.set(name, known);
  return known;
}

function searched(path: readonly string[]): readonly Version[] {
  const inProfile = path[0] === "profiles" && pipelineKeys.has(path[1] ?? "");
  const shapes = new Shapes();
  return versions.filter((version) => {
    shapes.apply(changesOf(version));
    return hasPath(shapes.top, inProfile ? path.slice(1) : path) && (!inProfile || shapes.top.fields.has("profiles"));
  });
}

function hasPath(shape: Shape | undefined, [key, ...rest]: readonly string[]): boolean {
  if (key === undefined) return true;
  const field = shape?.fields.get(key);
  return field !== undefined && (rest.length === 0 || hasPath(field.shape, rest));
}
