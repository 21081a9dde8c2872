/**
 * The JSON schema (draft 7) of a version that is read through an upgrade, made from its keys: which keys exist, and
 * whether each is a text, a number, a boolean, a list or an object. Only versions with the newest shape have defaults,
 * limits, allowed words and descriptions in their schemas. Aliases and mistakes that the upgrade accepts are not part
 * of it.
 */
import type { Json, JsonRecord } from "../../../std/data/json.ts";
import { apiVersion, type Version } from "../versions.ts";
import type { FieldShape, Shape } from "./notation.ts";
import { shapeOf } from "./shapes.ts";

/** Objects that were visited, by the name that others refer to them with. */
type Definitions = Map<Shape, { readonly name: string; schema: Json }>;

/** The document's object (`properties` and the rest), and the definitions that it refers to. */
export function keysSchema(version: Version): JsonRecord {
  const definitions: Definitions = new Map();
  const top = shapeOf(version);
  const { properties, ...rest } = objectSchema(top, [], definitions);
  return {
    ...rest,
    properties: {
      ...(properties as JsonRecord),
      apiVersion: { const: apiVersion(version) },
      kind: { const: "Config" },
    },
    patternProperties: { "^\\.": {} },
    required: ["apiVersion", "kind"],
    definitions: Object.fromEntries([...definitions.values()].map(({ name, schema }) => [name, schema])),
  };
}

function objectSchema({ fields }: Shape, path: readonly string[], definitions: Definitions): JsonRecord {
  const properties = [...fields].map(([key, field]) => [key, fieldSchema(field, [...path, key], definitions)] as const);
  return { type: "object", properties: Object.fromEntries(properties), additionalProperties: false };
}

function fieldSchema({ kind, type, shape }: FieldShape, path: readonly string[], definitions: Definitions): Json {
  const one = shape ? reference(shape, path, definitions) : scalarSchema(type);
  if (kind === "list") return { type: "array", items: one };
  return kind === "map" ? { type: "object", additionalProperties: one } : one;
}

/** A reference to a shared object, which is named after the first place that uses it. */
function reference(shape: Shape, path: readonly string[], definitions: Definitions): Json {
  const known = definitions.get(shape) ?? { name: path.join("."), schema: null };
  if (!definitions.has(shape)) {
    definitions.set(shape, known);
    known.schema = objectSchema(shape, path, definitions);
  }
  return { $ref: `#/definitions/${known.name}` };
}

const scalars: Readonly<Record<string, readonly string[]>> = {
  str: ["string", "number", "boolean"],
  bool: ["boolean"],
  int: ["integer"],
  flat: ["object"],
};

/** The schema of a scalar type. A trailing `?` allows an empty value. Unknown types are Kubernetes objects. */
function scalarSchema(type: string): JsonRecord {
  const names = type.replace("?", "").split("|");
  const types = names.flatMap((name) => scalars[name] ?? []);
  if (names.some((name) => scalars[name] === undefined)) return {};
  const all = [...new Set([...types, ...(type.endsWith("?") ? ["null"] : [])])];
  return { type: all.length === 1 ? (all[0] as string) : all };
}
