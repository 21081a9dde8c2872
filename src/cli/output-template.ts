/**
 * `--output` templates of machine-readable results: a Go template over fields named as in Go (`.Builds`, `.ImageName`),
 * with `json`, which prints the JSON form with its own field names (`builds`, `imageName`).
 */

import { TemplateError } from "../config/template/error.ts";
import { expand } from "../config/template/evaluate.ts";
import { FunctionError, type GoObject, isList, isObject, type Value } from "../config/template/value.ts";
import { Failure } from "../diag/failure.ts";
import type { Json } from "../std/data/json.ts";
import { visibleJson } from "../std/text/visible.ts";

/** @throws Failure with the place in the template. */
export function expandTemplate(template: string, data: Json): string {
  try {
    return expand(template, goValue(data), {
      functions: new Map([["json", ([value]) => visibleJson(JSON.stringify(jsonOf(value)))]]),
    });
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new Failure({
      severity: "error",
      message: error.message,
      at: { file: "--output", line: 1, column: error.at + 1, length: 1, text: template },
    });
  }
}

/** A JSON object as a Go struct: `imageName` is read as `.ImageName`. */
class Struct implements GoObject {
  readonly goType = "struct";
  readonly data: { readonly [field: string]: Json };

  constructor(data: { readonly [field: string]: Json }) {
    this.data = data;
  }

  method(name: string): Value {
    const field = Object.keys(this.data).find((key) => key === name || key[0]?.toUpperCase() + key.slice(1) === name);
    if (field === undefined)
      throw new FunctionError(
        `no field ${name}; there are ${Object.keys(this.data)
          .map((key) => key[0]?.toUpperCase() + key.slice(1))
          .join(", ")}`,
      );
    return goValue(this.data[field] ?? null);
  }

  toString(): string {
    return `{${Object.values(this.data)
      .map((value) => (typeof value === "string" ? value : JSON.stringify(value)))
      .join(" ")}}`;
  }
}

function goValue(data: Json): Value {
  if (data === null || typeof data === "string" || typeof data === "boolean") return data;
  if (typeof data === "number") return Number.isSafeInteger(data) ? BigInt(data) : data;
  if (Array.isArray(data)) return data.map(goValue);
  return new Struct(data as { readonly [field: string]: Json });
}

function jsonOf(value: Value): unknown {
  if (value instanceof Struct) return value.data;
  if (isList(value)) return value.map(jsonOf);
  if (typeof value === "bigint") return Number(value);
  if (isObject(value)) return value.toString();
  return value ?? null;
}
