/**
 * The names in a config file that other places refer to: artifacts, profiles, modules. Accepts plain data of any shape.
 */

export interface Names {
  readonly artifacts: readonly string[];
  readonly profiles: readonly string[];
  readonly modules: readonly string[];
}

/** @param documents of one file */
export function namesIn(documents: readonly unknown[]): Names {
  return {
    artifacts: texts(
      documents.flatMap((document) => itemsAt(document, "build", "artifacts")),
      "image",
    ),
    profiles: texts(
      documents.flatMap((document) => itemsAt(document, "profiles")),
      "name",
    ),
    modules: texts(
      documents.map((document) => fieldOf(document, "metadata")),
      "name",
    ),
  };
}

/** The value at the path of keys; undefined where a value on the way has another shape. */
export function valueAt(data: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((value, step) => fieldOf(value, step), data);
}

function itemsAt(data: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = valueAt(data, path);
  return Array.isArray(found) ? found : [];
}

function texts(objects: readonly unknown[], key: string): string[] {
  const found = objects.map((object) => fieldOf(object, key)).filter((value) => typeof value === "string");
  return [...new Set(found)].filter((text) => text !== "");
}

function fieldOf(value: unknown, key: string | number): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.hasOwn(value, key) ? (value as Record<string | number, unknown>)[key] : undefined;
}
