/**
 * The body of an HTTP answer, with a limit on the memory that it takes. The server decides how much it sends, whatever
 * its headers say, and may never end the body: a signal can end the reading of it.
 */
import { TooLong } from "../text/too-long.ts";

/**
 * The whole body.
 * @throws TooLong beyond `most` bytes, after cancelling the rest; whatever the body's stream throws; the signal's reason
 */
export async function boundedBytes(
  response: Response,
  most: number,
  what = "the answer",
  signal?: AbortSignal,
): Promise<Buffer> {
  const { bytes, isWhole } = await start(response, most, signal);
  if (!isWhole) throw new TooLong(what, most);
  return bytes;
}

/** The whole body as UTF-8 text. @throws as `boundedBytes` */
export async function boundedText(
  response: Response,
  most: number,
  what?: string,
  signal?: AbortSignal,
): Promise<string> {
  return (await boundedBytes(response, most, what, signal)).toString("utf8");
}

/** The body's first bytes, at most `most`: for texts that are only shown. @throws whatever the body's stream throws */
export async function startOfText(response: Response, most: number): Promise<string> {
  return (await start(response, most)).bytes.toString("utf8");
}

async function start(
  response: Response,
  most: number,
  signal?: AbortSignal,
): Promise<{ bytes: Buffer; isWhole: boolean }> {
  const reader = response.body?.getReader();
  if (reader === undefined) return { bytes: Buffer.alloc(0), isWhole: true };
  const chunks: Uint8Array[] = [];
  let size = 0;
  const stop = () => void reader.cancel().catch(() => undefined);
  signal?.addEventListener("abort", stop, { once: true });
  try {
    for (;;) {
      signal?.throwIfAborted();
      const { done, value } = await reader.read();
      if (done) {
        signal?.throwIfAborted();
        return { bytes: Buffer.concat(chunks), isWhole: true };
      }
      chunks.push(value);
      size += value.length;
      if (size <= most) continue;
      await reader.cancel().catch(() => undefined);
      return { bytes: Buffer.concat(chunks).subarray(0, most), isWhole: false };
    }
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}
