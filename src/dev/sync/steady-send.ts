/**
 * Sends one batch into one container as long as there is progress: a large file over a slow connection may take its
 * time, and a container that hangs is given up. Progress means that the connection takes the next piece. The end of a
 * batch has no sign of progress, so its time limit depends on the bytes that may still be in the connection.
 */

import type { Payload } from "../../std/bytes/kept-shell.ts";
import { type Stall, stallAfter } from "../../std/bytes/stall.ts";
import type { Clock } from "../../std/clock.ts";
import type { ContainerChannel, Sent } from "./container-channel.ts";
import type { SyncArchive } from "./sync-archive.ts";

const patienceMs = 20_000;
const pieceBytes = 64 << 10;
/** Most bytes between the last taken piece and the container. */
const mostOnTheWay = 4 << 20;
const slowestBytesPerMs = 64;

/** Rejects only with the signal's reason. */
export async function sendSteadily(
  channel: ContainerChannel,
  archive: SyncArchive,
  clock: Clock,
  signal: AbortSignal,
): Promise<Sent> {
  using stall = stallAfter(patienceMs, clock);
  const payload = archive.payload && inPieces(archive.payload, stall);
  try {
    return await channel.send({ ...archive, payload }, AbortSignal.any([signal, stall.signal]));
  } catch (thrown) {
    signal.throwIfAborted();
    if (!stall.signal.aborted) throw thrown;
    return { kind: "failed", why: `it took nothing of the files for ${patienceMs / 1000} s` };
  }
}

function inPieces({ bytes, chunks }: Payload, stall: Stall): Payload {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks)
      for (let at = 0; at < chunk.length; at += pieceBytes) {
        yield chunk.subarray(at, at + pieceBytes);
        stall.moved();
      }
    stall.moved(Math.min(bytes, mostOnTheWay) / slowestBytesPerMs);
  }
  return { bytes, chunks: pieces() };
}
