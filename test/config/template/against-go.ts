/** One template through our engine and through Go's, outcomes side by side. */
import { TemplateError } from "../../../src/config/template/error.ts";
import { expand } from "../../../src/config/template/evaluate.ts";
import { sprig } from "../../../src/config/template/sprig/sprig.ts";
import { isList, isMap, type Value } from "../../../src/config/template/value.ts";
import type { GoOracle } from "../../rig/go-oracle.ts";

export interface Case {
  readonly source: string;
  readonly data?: Value;
  readonly missingKey?: "default" | "error";
  readonly sprig?: boolean;
}

/** The text, or the fact that it is refused: when it is parsed or when it is run. */
export interface Outcome {
  readonly text?: string;
  readonly refused?: string;
}

/** The environment that the oracle's `env` sees, too. */
const environment: Readonly<Record<string, string>> = { HOME: "/home/u", EMPTY: "", NAME: "value" };
const functions = sprig((name) => environment[name]);

export function ours({ source, data, missingKey = "default", sprig: withSprig = false }: Case): Outcome {
  try {
    return { text: expand(source, data, { missingKey, ...(withSprig ? { functions } : {}) }) };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { refused: `${error.at}: ${error.message}` };
  }
}

export async function theirs(go: GoOracle, { source, data, missingKey, sprig = false }: Case): Promise<Outcome> {
  const { text, error } = await go.ask({ op: "template", source, data: tagged(data), missingKey, sprig });
  return error === undefined ? { text } : { refused: error };
}

/** Both outcomes in a form that is equal where they agree; messages are ours and theirs, and may differ. */
export async function both(go: GoOracle, one: Case): Promise<{ ours: Outcome; go: Outcome }> {
  const [mine, real] = [ours(one), await theirs(go, one)];
  const agreed = mine.refused !== undefined && real.refused !== undefined;
  return { ours: { ...one, ...(agreed ? {} : mine) }, go: { ...one, ...(agreed ? {} : real) } };
}

function tagged(value: Value): unknown {
  if (value === undefined || value === null) return null;
  if (typeof value === "string") return { s: value };
  if (typeof value === "boolean") return { b: value };
  if (typeof value === "bigint") return { i: String(value) };
  if (typeof value === "number") return { f: Object.is(value, -0) ? "-0" : String(value).replace("Infinity", "Inf") };
  if (isList(value)) return { l: value.map(tagged) };
  if (isMap(value)) return { m: Object.fromEntries([...value].map(([key, item]) => [key, tagged(item)])) };
  throw new Error("an object with methods cannot be given to Go");
}
