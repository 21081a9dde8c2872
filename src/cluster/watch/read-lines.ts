/** Reads a body of JSON values, one per line, as they come; an unfinished last line is left out. */
import { byteLines } from "../../std/text/byte-lines.ts";

/** Characters. Objects of an API server have some megabytes at most. */
const longestLine = 32 << 20;

/** @throws SyntaxError, TooLong; what the body's stream throws: a TypeError with a `code` where the connection broke */
export async function* readJsonLines<T>(response: Response): AsyncGenerator<T> {
  if (response.body === null) return;
  for await (const line of byteLines(response.body, longestLine, "drop")) if (line !== "") yield JSON.parse(line) as T;
}
