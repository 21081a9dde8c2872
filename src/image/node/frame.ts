/** Frames of the engine's multiplexed streams: one byte stream number, three of padding, four of length, then data. */
export type FrameHandler = (stream: "stdout" | "stderr", data: Uint8Array) => void;

const headerBytes = 8;

/**
 * Takes chunks of any size and hands on parts of frames at once: a large frame is passed on piece by piece, never
 * collected.
 */
export function frameReader(onFrame: FrameHandler): (chunk: Uint8Array) => void {
  const header = Buffer.alloc(headerBytes);
  let have = 0;
  let left = 0;
  return (chunk) => {
    let rest = chunk;
    while (rest.length > 0) {
      if (left === 0) {
        const part = rest.subarray(0, headerBytes - have);
        header.set(part, have);
        have += part.length;
        rest = rest.subarray(part.length);
        if (have < headerBytes) return;
        have = 0;
        left = header.readUInt32BE(4);
        continue;
      }
      const data = rest.subarray(0, left);
      left -= data.length;
      rest = rest.subarray(data.length);
      onFrame(header[0] === 2 ? "stderr" : "stdout", data);
    }
  };
}
