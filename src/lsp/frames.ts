/**
 * JSON-RPC messages on byte streams: a header with the length, an empty line, the JSON. A broken header ends the
 * stream, because the begin of the next message is unknown.
 */
import { isJsonRecord, type Json, type JsonRecord } from "../std/data/json.ts";

const separator = Buffer.from("\r\n\r\n");

/** Messages in order; ends with the stream. JSON that is no object is ignored. */
export async function* readMessages(stream: AsyncIterable<Uint8Array>): AsyncGenerator<JsonRecord> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    rest = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    for (;;) {
      const end = rest.indexOf(separator);
      if (end < 0) break;
      const length = /^content-length:[ \t]*(\d+)[ \t]*$/im.exec(rest.toString("latin1", 0, end))?.[1];
      if (length === undefined) return;
      const start = end + separator.length;
      const stop = start + Number(length);
      if (rest.length < stop) break;
      const message = parsed(rest.toString("utf8", start, stop));
      rest = rest.subarray(stop);
      if (message) yield message;
    }
  }
}

function parsed(text: string): JsonRecord | undefined {
  try {
    const value = JSON.parse(text) as Json;
    return isJsonRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The text of one message with its header. */
export function frame(message: JsonRecord): string {
  const text = JSON.stringify({ jsonrpc: "2.0", ...message });
  return `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
}
