/**
 * The JSON schema (draft 7) of a version that is read through an upgrade, made from its keys: what there is where, and
 * whether it is a text, a number, a switch, a list or an object. Defaults, limits, words and descriptions are only in
 * the schemas of versions with the newest one's shape. Aliases and what an upgrade forgives are no part of it.
 */
import type { Json, JsonRecord } from "../../../std/data/json.ts";
import { apiVersion, type Version } from "../versions.ts";
import type { FieldShape, Shape } from "./notation.ts";
import { shapeOf } from "./shapes.ts";

/** Objects that were met, by the name that others refer to them with. */
type Definitions = Map<Shape, { readonly name: string; schema: Json }>;

/** `properties` and the rest of the document's object, and the objects that it refers to. */
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

/** An object that several places share has the name of the first one. */
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

/** A trailing `?` is a value that may be left empty. Types that are none of these are objects of Kubernetes. */
function scalarSchema(type: string): JsonRecord {
  const names = type.replace("?", "").split("|");
  const types = names.flatMap((name) => scalars[name] ?? []);
  if (names.some((name) => scalars[name] === undefined)) return {};
  const all = [...new Set([...types, ...(type.endsWith("?") ? ["null"] : [])])];
  return { type: all.length === 1 ? (all[0] as string) : all };
}
