/**
 * The client side of a WebSocket on devloop's own connection, because the runtime's WebSocket hides the server's
 * message of a refusal, has no event for a drained backlog, and refuses subprotocol names with a slash. Binary messages
 * only. Passes on messages in pieces as they come, so that a large one needs no memory.
 */
import { randomBytes } from "node:crypto";
import { Failure } from "../../diag/failure.ts";
import type { Cluster } from "../cluster.ts";
import type { ByteSocket } from "./byte-socket.ts";
import { upgrade } from "./upgrade.ts";

export interface MessageListener {
  /** A piece of a message; `begins` is true for the first piece. */
  piece(bytes: Uint8Array, begins: boolean): void;
  drained(): void;
  /** Called once. `reason` comes from the other side, where it gave one. */
  closed(reason: string): void;
}

export interface MessageSocket {
  /** The subprotocol that the server chose. */
  readonly protocol: string;
  readonly backlog: number;
  /** Number of received bytes, including answers to pings: while it grows, the other side is alive. */
  readonly received: number;
  listen(listener: MessageListener): void;
  /** Sends one message made of the parts, which the caller may reuse afterwards. */
  send(...parts: readonly Uint8Array[]): void;
  ping(): void;
  pause(): void;
  resume(): void;
  /** Sends a close frame and closes. */
  end(): void;
  terminate(): void;
}

export interface WebSocketRequest {
  readonly path: string;
  /** In order of preference. */
  readonly protocols: readonly string[];
  readonly action: string;
}

/** Pings are not answered while the other side does not read, because the answers would fill the memory. */
const mostUnanswered = 1 << 20;

const opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;
const kinds: ReadonlySet<number> = new Set(Object.values(opcode));
const acceptSuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** @throws ApiError with the server's message where it refuses, Unreachable, the signal's reason */
export async function openWebSocket(
  cluster: Cluster,
  request: WebSocketRequest,
  signal: AbortSignal,
): Promise<MessageSocket> {
  const key = randomBytes(16).toString("base64");
  const { socket, headers } = await upgrade(
    cluster,
    {
      method: "GET",
      path: request.path,
      action: request.action,
      headers: {
        Upgrade: "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": key,
        "Sec-WebSocket-Protocol": request.protocols.join(", "),
      },
    },
    signal,
  );
  const protocol = headers.get("sec-websocket-protocol") ?? "";
  const expected = new Bun.CryptoHasher("sha1").update(key + acceptSuffix).digest("base64");
  if (headers.get("sec-websocket-accept") !== expected || !request.protocols.includes(protocol)) {
    socket.terminate();
    throw new Failure(`${request.action}: the server speaks none of ${request.protocols.join(", ")}`);
  }
  return messageSocket(socket, protocol);
}

/** WebSocket messages over an upgraded connection. */
function messageSocket(socket: ByteSocket, protocol: string): MessageSocket {
  const write = (code: number, parts: readonly Uint8Array[]) => socket.write(frame(code, parts));
  let received = 0;
  return {
    protocol,
    get backlog() {
      return socket.backlog;
    },
    get received() {
      return received;
    },
    listen(listener) {
      let reason = "";
      const read = frameReader({
        piece: listener.piece,
        ping(bytes) {
          if (socket.backlog < mostUnanswered) write(opcode.pong, [bytes]);
        },
        close(text) {
          reason = text;
          write(opcode.close, []);
          socket.end();
        },
      });
      socket.listen({
        data(bytes) {
          received += bytes.length;
          if (!read(bytes)) socket.terminate();
        },
        drained: listener.drained,
        closed: () => listener.closed(reason),
      });
    },
    send: (...parts) => write(opcode.binary, parts),
    ping: () => write(opcode.ping, []),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    end() {
      write(opcode.close, [Uint8Array.of(0x03, 0xe8)]);
      socket.end();
    },
    terminate: () => socket.terminate(),
  };
}

/**
 * One whole masked frame. The mask is zero: masking protects caches that read plain text, and an upgraded connection
 * has none.
 */
function frame(code: number, parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const sizeBytes = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const bytes = Buffer.allocUnsafe(2 + sizeBytes + 4 + length);
  bytes[0] = 0x80 | code;
  bytes[1] = 0x80 | (sizeBytes === 0 ? length : sizeBytes === 2 ? 126 : 127);
  if (sizeBytes === 2) bytes.writeUInt16BE(length, 2);
  if (sizeBytes === 8) bytes.writeBigUInt64BE(BigInt(length), 2);
  let at = 2 + sizeBytes;
  bytes.writeUInt32BE(0, at);
  at += 4;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

interface FrameEvents {
  piece(bytes: Uint8Array, begins: boolean): void;
  ping(bytes: Uint8Array): void;
  close(reason: string): void;
}

/** Takes chunks of any size. Returns false where the stream is not WebSocket and must not be read on. */
export function frameReader(events: FrameEvents): (chunk: Uint8Array) => boolean {
  let head: Buffer = Buffer.alloc(0);
  let control: Buffer = Buffer.alloc(0);
  let code: number = opcode.continuation;
  let left = -1;
  let begins = false;

  /** The frame's header from `head`; `partial` while it is incomplete, `broken` where no server sends it. */
  const readHead = (): "whole" | "partial" | "broken" => {
    const [first = 0, second = 0] = head;
    if (head.length < 2) return "partial";
    const short = second & 0x7f;
    const isControl = (first & 0x08) !== 0;
    // Refused: masked frames, extension bits, unknown kinds, control frames in parts or too long.
    if ((second & 0x80) !== 0 || (first & 0x70) !== 0 || !kinds.has(first & 0x0f)) return "broken";
    if (isControl && ((first & 0x80) === 0 || short > 125)) return "broken";
    const size = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (head.length < size) return "partial";
    if (short === 127 && head.readBigUInt64BE(2) > BigInt(Number.MAX_SAFE_INTEGER)) return "broken";
    code = (head[0] ?? 0) & 0x0f;
    left = short === 126 ? head.readUInt16BE(2) : short === 127 ? Number(head.readBigUInt64BE(2)) : short;
    if (code === opcode.binary || code === opcode.text) begins = true;
    head = head.subarray(size);
    return "whole";
  };
  const endFrame = () => {
    if (code === opcode.ping) events.ping(control);
    if (code === opcode.close) events.close(control.toString("utf8", 2));
    control = Buffer.alloc(0);
    left = -1;
  };

  return (chunk) => {
    let rest = chunk;
    for (;;) {
      if (left < 0) {
        head = head.length === 0 ? Buffer.from(rest.buffer, rest.byteOffset, rest.length) : Buffer.concat([head, rest]);
        const found = readHead();
        if (found !== "whole") return found === "partial";
        rest = head;
        head = Buffer.alloc(0);
        if (left === 0) {
          endFrame();
          continue;
        }
      }
      if (rest.length === 0) return true;
      const part = rest.subarray(0, left);
      left -= part.length;
      rest = rest.subarray(part.length);
      if (code >= opcode.close) {
        control = Buffer.concat([control, part]);
      } else {
        events.piece(part, begins);
        begins = false;
      }
      if (left === 0) endFrame();
    }
  };
}
