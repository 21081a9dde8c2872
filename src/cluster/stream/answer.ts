/**
 * The answer to a request on a raw socket: its head and, unless it switches protocols, its body up to a limit. Accepts
 * bytes in pieces of any size.
 * Decides where a body ends: by its chunks, its length, its limit, or the end of the connection. Malformed chunks end
 * the body, because the text so far is enough for a message.
 */
export interface Answer {
  /** 0 where the head is malformed. */
  readonly code: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** For a 101 the first bytes of the other protocol, else the body. */
  readonly body: Buffer;
}

export interface AnswerReader {
  /** Returns the answer once it is complete; no further bytes may be given then. */
  take(bytes: Uint8Array): Answer | undefined;
  /** Ends the input, where the connection has ended. Undefined where no head has come. */
  end(): Answer | undefined;
}

const mostHead = 65_536;
const mostBody = 65_536;
const headEnd = "\r\n\r\n";

export function answerReader(): AnswerReader {
  let head = Buffer.alloc(0);
  let found: Omit<Answer, "body"> | undefined;
  let body: BodyReader | undefined;

  const takeHead = (bytes: Uint8Array): Answer | undefined => {
    const from = Math.max(0, head.length - headEnd.length + 1);
    head = Buffer.concat([head, bytes]);
    const end = head.indexOf(headEnd, from);
    if (end < 0 && head.length < mostHead) return undefined;
    const rest = end < 0 ? Buffer.alloc(0) : head.subarray(end + headEnd.length);
    found = readHead(head.toString("latin1", 0, Math.max(0, end)));
    if (found.code === 101) return { ...found, body: rest };
    body = bodyReader(found.headers);
    return takeBody(rest);
  };
  const takeBody = (bytes: Uint8Array): Answer | undefined => {
    const whole = found && body?.take(bytes);
    return found && whole ? { ...found, body: body?.bytes() ?? Buffer.alloc(0) } : undefined;
  };
  return {
    take: (bytes) => (body === undefined ? takeHead(bytes) : takeBody(bytes)),
    end: () => (found && body ? { ...found, body: body.bytes() } : undefined),
  };
}

function readHead(text: string): Omit<Answer, "body"> {
  const [first = "", ...lines] = text.split("\r\n");
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon > 0) headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { code: Number(/^HTTP\/1\.[01] (\d{3})\b/.exec(first)?.[1] ?? 0), headers };
}

interface BodyReader {
  /** True when the body is complete, or reached its limit. */
  take(bytes: Uint8Array): boolean;
  bytes(): Buffer;
}

function bodyReader(headers: ReadonlyMap<string, string>): BodyReader {
  const kept: Uint8Array[] = [];
  let size = 0;
  const keep = (bytes: Uint8Array) => {
    const part = bytes.subarray(0, mostBody - size);
    kept.push(part);
    size += part.length;
  };
  const bytes = () => Buffer.concat(kept);
  if (/chunked/i.test(headers.get("transfer-encoding") ?? "")) {
    const chunks = chunkReader(keep);
    return { bytes, take: (piece) => chunks(piece) || size >= mostBody };
  }
  const told = /^\d{1,15}$/.exec(headers.get("content-length") ?? "")?.[0];
  const length = told === undefined ? Number.POSITIVE_INFINITY : Number(told);
  return {
    bytes: () => bytes().subarray(0, length),
    take(piece) {
      keep(piece);
      return size >= length || size >= mostBody;
    },
  };
}

/** Longest line with a chunk's size and its extensions. */
const mostSizeLine = 4096;

/**
 * Passes on the content of chunks.
 * @returns true for the last chunk, and for malformed ones
 */
function chunkReader(data: (bytes: Uint8Array) => void): (bytes: Uint8Array) => boolean {
  let line = "";
  /** Remaining bytes of the chunk including its line end; negative: a size line follows. */
  let left = -1;
  return (bytes) => {
    let rest = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    for (;;) {
      if (left > 0) {
        const held = Math.min(rest.length, Math.max(0, left - 2));
        if (held > 0) data(rest.subarray(0, held));
        const passed = Math.min(rest.length, left);
        left -= passed;
        rest = rest.subarray(passed);
        if (left > 0) return false;
        left = -1;
      }
      const end = rest.indexOf("\n");
      line += rest.toString("latin1", 0, end < 0 ? rest.length : end);
      if (end < 0) return line.length > mostSizeLine;
      rest = rest.subarray(end + 1);
      const size = /^([0-9a-f]{1,8})(?:[ \t;].*)?\r?$/i.exec(line)?.[1];
      line = "";
      if (size === undefined || Number.parseInt(size, 16) === 0) return true;
      left = Number.parseInt(size, 16) + 2;
    }
  };
}
