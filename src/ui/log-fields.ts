/**
 * Lines of a container's log that are JSON, as `deploy.logs.jsonParse.fields` shows them: the wanted fields in their
 * order, `level: info, message: ready`. A line that is no JSON object, or has none of them, is shown as it is. Pure.
 */
import { isJsonRecord, type Json } from "../std/data/json.ts";

export function logFields(line: string, fields: readonly string[]): string {
  if (fields.length === 0 || !line.trimStart().startsWith("{")) return line;
  const record = recordOf(line);
  if (record === undefined) return line;
  const found = fields.flatMap((field) => {
    const value = Object.hasOwn(record, field) ? record[field] : undefined;
    return value === undefined ? [] : [`${field}: ${typeof value === "string" ? value : JSON.stringify(value)}`];
  });
  return found.length === 0 ? line : found.join(", ");
}

function recordOf(line: string): Readonly<Record<string, Json>> | undefined {
  try {
    const value = JSON.parse(line) as Json;
    return isJsonRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
