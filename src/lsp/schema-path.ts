/** A path of keys and list indexes in a document, and the part of the schema that describes it. */
import { config } from "../config/schema/sections/config.ts";
import type { Field, Type } from "../config/schema/type.ts";

export type Path = readonly (string | number)[];

/** The type of the value at the path; undefined where the schema has none. */
export function typeAt(path: Path): Type | undefined {
  let type: Type | undefined = config;
  for (const step of path) type = type && below(type, step);
  return type;
}

/** The field whose key or value is at the path. For an item of a list: the list's field. */
export function fieldAt(path: Path): Field | undefined {
  const end = path.findLastIndex((step) => typeof step === "string");
  const owner = typeAt(path.slice(0, end));
  const key = path[end];
  if (owner?.kind !== "object" || typeof key !== "string") return undefined;
  return Object.hasOwn(owner.fields, key) ? owner.fields[key] : undefined;
}

function below(type: Type, step: string | number): Type | undefined {
  if (type.kind === "list") return typeof step === "number" ? type.of : undefined;
  if (type.kind === "map") return type.of;
  if (type.kind !== "object" || typeof step === "number") return undefined;
  return Object.hasOwn(type.fields, step) ? type.fields[step]?.type : undefined;
}

/** The path without list indexes: `build.artifacts[].image`. */
export function shapeOf(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[]`;
    return text === "" ? step : `${text}.${step}`;
  }, "");
}

/** A type in a word or two. */
export function typeWords(type: Type): string {
  switch (type.kind) {
    case "string":
      return type.values ? type.values.join(" | ") : "text";
    case "int":
      return "number";
    case "bool":
      return "true | false";
    case "port":
      return "port";
    case "list":
      return `list of ${typeWords(type.of)}`;
    case "map":
    case "flat":
      return "map";
    case "object":
      return type.name;
    case "any":
      return "anything";
  }
}
