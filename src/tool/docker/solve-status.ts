/**
 * One message of BuildKit's progress, read tolerantly: a field of an unexpected type counts as absent, and a step or a
 * log without its digest is left out.
 */
import { isJsonRecord, type Json, type JsonRecord } from "../../std/data/json.ts";

export interface RawVertex {
  readonly digest: string;
  readonly name: string;
  readonly started?: string;
  readonly completed?: string;
  readonly cached: boolean;
  readonly error?: string;
}

export interface RawStatus {
  readonly vertexes: readonly RawVertex[];
  readonly statuses: readonly { readonly id: string; readonly current: number }[];
  /** `data` is base64. */
  readonly logs: readonly { readonly vertex: string; readonly stream: number; readonly data: string }[];
  /** Text of each warning, in base64. */
  readonly warnings: readonly string[];
}

/** Undefined where the text is no such message. */
export function parseSolveStatus(text: string): RawStatus | undefined {
  const raw = parsed(text);
  if (!isJsonRecord(raw)) return undefined;
  return {
    vertexes: records(raw.vertexes).flatMap((vertex) => {
      const { digest, name } = vertex;
      if (typeof digest !== "string") return [];
      return [
        {
          digest,
          name: typeof name === "string" ? name : digest,
          cached: vertex.cached === true,
          ...texts(vertex, ["started", "completed", "error"]),
        },
      ];
    }),
    statuses: records(raw.statuses).flatMap(({ id, current }) =>
      typeof id === "string" ? [{ id, current: typeof current === "number" ? current : 0 }] : [],
    ),
    logs: records(raw.logs).flatMap(({ vertex, stream, data }) =>
      typeof vertex === "string" && typeof data === "string"
        ? [{ vertex, stream: typeof stream === "number" ? stream : 0, data }]
        : [],
    ),
    warnings: records(raw.warnings).flatMap(({ short }) => (typeof short === "string" && short !== "" ? [short] : [])),
  };
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function records(value: Json | undefined): readonly JsonRecord[] {
  return Array.isArray(value) ? value.filter(isJsonRecord) : [];
}

function texts<Field extends string>(raw: JsonRecord, fields: readonly Field[]): { [Name in Field]?: string } {
  const found = fields.flatMap((field) => (typeof raw[field] === "string" ? [[field, raw[field]]] : []));
  return Object.fromEntries(found);
}
