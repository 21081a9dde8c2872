/**
 * The schema as JSON Schema (draft 7), for editors. Versions that are read without an upgrade get the newest schema
 * without the fields added later; older versions get their keys and the kind of each value.
 */
import type { Json, JsonRecord } from "../../std/data/json.ts";
import { keysSchema } from "../upgrade/history/json-schema.ts";
import { compareVersions, type Version, versionOf } from "../upgrade/versions.ts";
import { config } from "./sections/config.ts";
import type { Field, ObjectType, Type } from "./type.ts";

/** The oldest version whose schema is the newest one's, apart from added fields. */
const oldest = "v4beta11" as Version;

export function jsonSchema(version: Version): JsonRecord {
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    ...(compareVersions(version, oldest) < 0 ? keysSchema(version) : fullSchema(version)),
  };
}

function fullSchema(version: Version): JsonRecord {
  const definitions: Record<string, Json> = {};
  const root = new SchemaWriter(version, definitions).type(config);
  return { ...(root as JsonRecord), definitions };
}

class SchemaWriter {
  readonly #version: Version;
  readonly #definitions: Record<string, Json>;

  constructor(version: Version, definitions: Record<string, Json>) {
    this.#version = version;
    this.#definitions = definitions;
  }

  type(type: Type): Json {
    switch (type.kind) {
      case "string":
        return type.values && !type.anyCase
          ? { type: "string", enum: type.values }
          : { type: ["string", "number", "boolean"] };
      case "int":
        return { type: "integer", ...limits(type.min, type.max) };
      case "bool":
        return { type: "boolean" };
      case "any":
        return {};
      case "port":
        return { type: ["integer", "string"] };
      case "flat":
        return { type: "object" };
      case "list": {
        const items = { type: "array", items: this.type(type.of) };
        return type.words ? { anyOf: [items, { type: "string" }] } : items;
      }
      case "map": {
        const value = this.type(type.of) as JsonRecord;
        return { type: "object", additionalProperties: type.nullable ? { anyOf: [value, { type: "null" }] } : value };
      }
      case "object":
        return this.#reference(type);
    }
  }

  #reference(type: ObjectType): Json {
    if (!Object.hasOwn(this.#definitions, type.name)) {
      this.#definitions[type.name] = null;
      this.#definitions[type.name] = this.#object(type);
    }
    return { $ref: `#/definitions/${type.name}` };
  }

  #object(type: ObjectType): Json {
    const fields = Object.entries(type.fields).filter(([, field]) => this.#has(field));
    const required = fields.flatMap(([name, { required: is }]) => (is ? [name] : []));
    const exclusive = exclusions(fields);
    return {
      type: "object",
      properties: Object.fromEntries(fields.map(([name, field]) => [name, this.#field(name, field)])),
      ...(type === config ? { patternProperties: { "^\\.": {} } } : {}),
      additionalProperties: type.lenient === true,
      ...(required.length > 0 ? { required } : {}),
      ...(exclusive.length > 0 ? { allOf: exclusive } : {}),
    };
  }

  #has({ since }: Field): boolean {
    const from = since === undefined ? undefined : versionOf(since);
    return from === undefined || compareVersions(from, this.#version) <= 0;
  }

  #field(name: string, field: Field): Json {
    const description = [field.description, field.fallback && `Default: ${field.fallback}.`].filter(Boolean).join(" ");
    const shape = this.type(field.type) as JsonRecord;
    const version = name === "apiVersion" ? { const: `skaffold/${this.#version}` } : {};
    const old = field.dialect === undefined ? {} : { deprecated: true };
    return "$ref" in shape ? { allOf: [shape], description, ...old } : { ...shape, ...version, description, ...old };
  }
}

function limits(min: number | undefined, max: number | undefined): JsonRecord {
  return { ...(min === undefined ? {} : { minimum: min }), ...(max === undefined ? {} : { maximum: max }) };
}

/** Forbids two members of one group in an object. */
function exclusions(fields: readonly (readonly [string, Field])[]): Json[] {
  return fields.flatMap(([a, { group }], i) =>
    group === undefined
      ? []
      : fields
          .slice(i + 1)
          .filter(([, other]) => other.group === group)
          .map(([b]) => ({ not: { required: [a, b] } })),
  );
}
