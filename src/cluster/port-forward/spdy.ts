/**
 * Reads and writes the few frames of SPDY/3.1 that a port-forward needs. Header blocks are sent as stored deflate
 * blocks, so that no compressor and no dictionary is needed; received header blocks hold nothing that is needed and are
 * not read. Only frames are handled here: the tunnel decides what a stream is for.
 */

const control = { synStream: 1, reset: 3, ping: 6, goAway: 7 } as const;
const flagFin = 1;
const headBytes = 8;
/** Larger frames save nothing, and the other side buffers each of them as a whole. */
const mostData = 65_536;
/** No frame except data is larger than this; a larger one means that the stream is not SPDY. */
const mostControl = 1 << 20;
/** How many of its bytes are read. */
const readControl = 8;
const cancelStatus = 5;

/** Opens a stream. `block` comes from one `headerBlocks` of the whole connection. */
export function synStream(id: number, block: Uint8Array, final: boolean): Uint8Array {
  const frame = controlFrame(control.synStream, final ? flagFin : 0, 10 + block.length);
  frame.writeUInt32BE(id, headBytes);
  frame.fill(0, headBytes + 4, headBytes + 10);
  frame.set(block, headBytes + 10);
  return frame;
}

export function resetStream(id: number): Uint8Array {
  const frame = controlFrame(control.reset, 0, 8);
  frame.writeUInt32BE(id, headBytes);
  frame.writeUInt32BE(cancelStatus, headBytes + 4);
  return frame;
}

/** A ping with our own, odd id; a ping of the other side is answered with its id. */
export function ping(id: number): Uint8Array {
  const frame = controlFrame(control.ping, 0, 4);
  frame.writeUInt32BE(id, headBytes);
  return frame;
}

/** The parts of the frames that carry `bytes`: heads and bodies alternate. */
export function dataFrames(id: number, bytes: Uint8Array): readonly Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += mostData) {
    const body = bytes.subarray(at, at + mostData);
    parts.push(dataHead(id, body.length, false), body);
  }
  return parts;
}

/** Ends a stream in the sending direction. */
export function finish(id: number): Uint8Array {
  return dataHead(id, 0, true);
}

function dataHead(id: number, length: number, final: boolean): Buffer {
  const head = Buffer.allocUnsafe(headBytes);
  head.writeUInt32BE(id, 0);
  head.writeUInt32BE(length, 4);
  head[4] = final ? flagFin : 0;
  return head;
}

function controlFrame(type: number, flags: number, length: number): Buffer {
  const frame = Buffer.allocUnsafe(headBytes + length);
  frame.writeUInt16BE(0x8003, 0);
  frame.writeUInt16BE(type, 2);
  frame.writeUInt32BE(length, 4);
  frame[4] = flags;
  return frame;
}

/** Writes header blocks for one connection: together they are one deflate stream, which the first block begins. */
export function headerBlocks(): (headers: Readonly<Record<string, string>>) => Uint8Array {
  let begun = false;
  return (headers) => {
    const parts: Buffer[] = [word(Object.keys(headers).length)];
    for (const [name, value] of Object.entries(headers))
      parts.push(word(name.length), Buffer.from(name), word(Buffer.byteLength(value)), Buffer.from(value));
    const plain = Buffer.concat(parts);
    const stored = Buffer.alloc(5);
    stored.writeUInt16LE(plain.length, 1);
    stored.writeUInt16LE(plain.length ^ 0xffff, 3);
    const start = begun ? Buffer.alloc(0) : Buffer.from([0x78, 0x01]);
    begun = true;
    // The empty block at the end makes the other side's reader deliver the headers.
    return Buffer.concat([start, stored, plain, Buffer.from([0, 0, 0, 0xff, 0xff])]);
  };
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export interface SpdyEvents {
  /** Bytes of a stream; `final` with or after the last of them. */
  data(id: number, bytes: Uint8Array, final: boolean): void;
  reset(id: number): void;
  ping(id: number): void;
  goAway(): void;
}

/**
 * Takes chunks of any size; data is passed on piece by piece. Returns false where the stream is not SPDY/3.1 and must
 * not be read on.
 */
export function spdyReader(events: SpdyEvents): (chunk: Uint8Array) => boolean {
  let head: Buffer = Buffer.alloc(0);
  let body: Buffer = Buffer.alloc(0);
  let type = 0;
  let stream = 0;
  let final = false;
  let left = -1;

  const begin = (): boolean => {
    const isControl = ((head[0] ?? 0) & 0x80) !== 0;
    final = ((head[4] ?? 0) & flagFin) !== 0;
    left = head.readUIntBE(5, 3);
    type = isControl ? head.readUInt16BE(2) : 0;
    stream = isControl ? 0 : head.readUInt32BE(0);
    head = Buffer.alloc(0);
    return !isControl || left <= mostControl;
  };
  const endControl = () => {
    if (type === control.ping && body.length >= 4) events.ping(body.readUInt32BE(0));
    if (type === control.reset && body.length >= 8) events.reset(body.readUInt32BE(0));
    if (type === control.goAway) events.goAway();
    body = Buffer.alloc(0);
  };

  return (chunk) => {
    let rest = chunk;
    for (;;) {
      if (left < 0) {
        const part = rest.subarray(0, headBytes - head.length);
        head = head.length === 0 ? Buffer.from(part) : Buffer.concat([head, part]);
        rest = rest.subarray(part.length);
        if (head.length < headBytes) return true;
        if ((head[0] ?? 0) & 0x80 && head.readUInt16BE(0) !== 0x8003) return false;
        if (!begin()) return false;
      } else if (rest.length === 0) return true;
      const part = rest.subarray(0, left);
      left -= part.length;
      rest = rest.subarray(part.length);
      if (type === 0) {
        if (part.length > 0 || final) events.data(stream, part, final && left === 0);
      } else if (body.length < readControl) body = Buffer.concat([body, part.subarray(0, readControl - body.length)]);
      if (left > 0) return true;
      if (type !== 0) endControl();
      left = -1;
    }
  };
}
