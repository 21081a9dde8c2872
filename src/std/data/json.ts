/**
 * JSON values and their one canonical text form: fields sorted, lists in order. Two equal values have equal text, so
 * the text can be hashed or compared. Numbers that JSON cannot carry are refused.
 */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [field: string]: Json };
export type JsonRecord = { readonly [field: string]: Json };

/** @throws RangeError for NaN and infinities: a programmer's error, never user input. */
export function canonical(value: Json): string {
  if (typeof value === "number" && !Number.isFinite(value)) throw new RangeError(`no canonical form for ${value}`);
  if (isList(value)) return `[${value.map(canonical).join(",")}]`;
  if (!isJsonRecord(value)) return JSON.stringify(value);
  const fields = Object.keys(value)
    .filter((field) => value[field] !== undefined)
    .sort();
  return `{${fields.map((field) => `${JSON.stringify(field)}:${canonical(value[field] as Json)}`).join(",")}}`;
}

export function isJsonRecord(value: Json | undefined): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The record that a text holds; undefined for other texts. */
export function recordIn(text: string): JsonRecord | undefined {
  try {
    const value = JSON.parse(text) as Json;
    return isJsonRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
