/**
 * The body of an answer that has to fit into memory, with a limit on how much memory that is. The other side decides how
 * much it sends, whatever its headers say, and whether it ever ends.
 */
import { TooLong } from "../text/too-long.ts";

/** The whole body. @throws TooLong beyond `most` bytes, with the rest given up; what the body's stream throws. */
export async function boundedBytes(response: Response, most: number, what = "the answer"): Promise<Buffer> {
  const { bytes, isWhole } = await start(response, most);
  if (!isWhole) throw new TooLong(what, most);
  return bytes;
}

/** The whole body as UTF-8 text. @throws as `boundedBytes` */
export async function boundedText(response: Response, most: number, what?: string): Promise<string> {
  return (await boundedBytes(response, most, what)).toString("utf8");
}

/** As much of the body as there is up to `most` bytes: for words that are only shown. @throws what its stream throws */
export async function startOfText(response: Response, most: number): Promise<string> {
  return (await start(response, most)).bytes.toString("utf8");
}

async function start(response: Response, most: number): Promise<{ bytes: Buffer; isWhole: boolean }> {
  const reader = response.body?.getReader();
  if (reader === undefined) return { bytes: Buffer.alloc(0), isWhole: true };
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { bytes: Buffer.concat(chunks), isWhole: true };
    chunks.push(value);
    size += value.length;
    if (size <= most) continue;
    await reader.cancel().catch(() => undefined);
    return { bytes: Buffer.concat(chunks).subarray(0, most), isWhole: false };
  }
}
