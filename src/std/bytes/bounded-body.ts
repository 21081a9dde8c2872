/**
 * The body of an HTTP answer, with a limit on the memory that it takes. The server decides how much it sends, whatever
 * its headers say, and may never end the body.
 */
import { TooLong } from "../text/too-long.ts";

/** The whole body. @throws TooLong beyond `most` bytes, after cancelling the rest; whatever the body's stream throws */
export async function boundedBytes(response: Response, most: number, what = "the answer"): Promise<Buffer> {
  const { bytes, isWhole } = await start(response, most);
  if (!isWhole) throw new TooLong(what, most);
  return bytes;
}

/** The whole body as UTF-8 text. @throws as `boundedBytes` */
export async function boundedText(response: Response, most: number, what?: string): Promise<string> {
  return (await boundedBytes(response, most, what)).toString("utf8");
}

/** The body's first bytes, at most `most`: for texts that are only shown. @throws whatever the body's stream throws */
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
