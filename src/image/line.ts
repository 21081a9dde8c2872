/** A byte stream cut into its lines of UTF-8 text. Empty lines are left out; a last line without an end counts. */
export async function* lines(stream: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) if (part.trim() !== "") yield part.trim();
  }
  if (rest.trim() !== "") yield rest.trim();
}
