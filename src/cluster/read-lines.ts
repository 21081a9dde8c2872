/** Reads a body of JSON values, a line each, as they come; what stands after the last line end is cut and left out. */

/** @throws what the body's stream throws: a TypeError with a `code` where the connection broke. */
export async function* readJsonLines<T>(response: Response): AsyncGenerator<T> {
  if (response.body === null) return;
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of response.body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line !== "") yield JSON.parse(line) as T;
  }
}
