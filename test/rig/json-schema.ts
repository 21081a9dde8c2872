/** A validator of the part of JSON Schema (draft 7) that our schemas use. Throws for a keyword that it does not know. */
import { isJsonRecord, type Json, type JsonRecord } from "../../src/std/data/json.ts";

const ignored = ["$schema", "definitions", "description", "deprecated", "required", "additionalProperties"];

/** What the schema does not allow, `path: why`. */
export function schemaFaults(root: JsonRecord, document: Json): readonly string[] {
  const check = (schema: Json | undefined, value: Json, path: string): string[] => {
    if (typeof schema === "boolean") return schema ? [] : [`${path}: unknown`];
    if (!isJsonRecord(schema)) throw new Error(`no schema at ${path}: ${JSON.stringify(schema)}`);
    return Object.entries(schema)
      .flatMap(([keyword, wanted]) => {
        const fault = (is: boolean) => (is ? [] : [`${path}: ${keyword} ${JSON.stringify(wanted)}`]);
        const all = wanted as readonly Json[];
        if (ignored.includes(keyword)) return [];
        if (keyword === "$ref") return check(at(root, String(wanted)), value, path);
        if (keyword === "type") return fault([wanted].flat().some((type) => isOf(value, String(type))));
        if (keyword === "const") return fault(value === wanted);
        if (keyword === "enum") return fault(all.includes(value));
        if (keyword === "minimum") return fault(typeof value !== "number" || value >= Number(wanted));
        if (keyword === "maximum") return fault(typeof value !== "number" || value <= Number(wanted));
        if (keyword === "not") return fault(check(wanted, value, path).length > 0);
        if (keyword === "allOf") return all.flatMap((each) => check(each, value, path));
        if (keyword === "anyOf") return fault(all.some((each) => check(each, value, path).length === 0));
        if (keyword === "items")
          return Array.isArray(value) ? value.flatMap((item: Json, i) => check(wanted, item, join(path, i))) : [];
        if (keyword === "properties" || keyword === "patternProperties") return [];
        throw new Error(`unknown keyword ${keyword} at ${path}`);
      })
      .concat(isJsonRecord(value) ? members(schema, value, path) : []);
  };
  const members = (schema: JsonRecord, value: JsonRecord, path: string): string[] => {
    const { properties = {}, patternProperties = {}, additionalProperties = true, required = [] } = schema;
    const missing = (required as readonly string[]).filter((key) => !Object.hasOwn(value, key));
    const found = Object.entries(value).flatMap(([key, member]) => {
      const own = Object.hasOwn(properties as JsonRecord, key) ? (properties as JsonRecord)[key] : undefined;
      const pattern = Object.entries(patternProperties as JsonRecord).find(([each]) => new RegExp(each).test(key))?.[1];
      return check(own ?? pattern ?? additionalProperties, member, join(path, key));
    });
    return [...missing.map((key) => `${join(path, key)}: missing`), ...found];
  };
  return check(root, document, "");
}

function join(path: string, key: string | number): string {
  return path === "" ? String(key) : `${path}.${key}`;
}

/** `#/definitions/name` */
function at(root: JsonRecord, reference: string): Json | undefined {
  const name = reference.replace("#/definitions/", "");
  return isJsonRecord(root.definitions) ? root.definitions[name] : undefined;
}

function isOf(value: Json, type: string): boolean {
  if (type === "integer") return Number.isInteger(value);
  if (type === "array") return Array.isArray(value);
  if (type === "object") return isJsonRecord(value);
  return type === "null" ? value === null : typeof value === type;
}
