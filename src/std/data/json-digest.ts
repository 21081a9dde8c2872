/**
 * The digest of a JSON value; equal values have equal digests whatever the order of their fields.
 * A large record (the files of a tree) takes part by its own digest, which is computed once per object and remembered:
 * the same tree enters several keys, and writing tens of thousands of paths for each key would cost more than reading
 * their file statuses. A value must therefore not be changed once its digest was computed; its type is readonly.
 */
import { type Digest, sha256 } from "./digest.ts";
import { canonical, isJsonRecord, type Json, type JsonRecord } from "./json.ts";

/** Records with more fields than this take part by their own digest. */
const large = 256;
const known = new WeakMap<JsonRecord, string>();

/** @throws RangeError for numbers that JSON cannot carry: a programmer's error. */
export function jsonDigest<Kind extends string>(value: Json): Digest<Kind> {
  return sha256<Kind>(canonical(withoutLarge(value)));
}

/** The value with each large record replaced by its digest, in a record of a shape that no other value has. */
function withoutLarge(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutLarge);
  if (!isJsonRecord(value)) return value;
  const fields = Object.keys(value);
  if (fields.length > large) return { "\0digest": digestOfLarge(value, fields) };
  return Object.fromEntries(fields.map((field) => [field, withoutLarge(value[field] as Json)]));
}

function digestOfLarge(record: JsonRecord, fields: string[]): string {
  let digest = known.get(record);
  if (digest === undefined) {
    fields.sort();
    digest = sha256<"record">(flat(record, fields) ?? canonical(record));
    known.set(record, digest);
  }
  return digest;
}

/**
 * The text of a record whose values are plain texts: far quicker to make than JSON. Undefined where a value holds a
 * separator, because two records could then have the same text.
 */
function flat(record: JsonRecord, fields: readonly string[]): string | undefined {
  const values: string[] = [];
  for (const field of fields) {
    const value = record[field];
    if (typeof value !== "string" || value.includes("\0") || field.includes("\0")) return undefined;
    values.push(value);
  }
  return `${fields.length}\0${fields.join("\0")}\0${values.join("\0")}`;
}
