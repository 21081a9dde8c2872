/**
 * Finds the requests in a client's bytes: where a head ends, how long its body is, and when the connection stops being
 * HTTP. Passes every byte on unchanged.
 */
export interface RequestHead {
  readonly method: string;
  readonly path: string;
  readonly upgraded: boolean;
}

type State = "head" | "body" | "chunk-size" | "chunk" | "trailer" | "raw";

/**
 * `onHead` decides whether a request is passed on (false swallows the rest of the connection); `forward` gets bytes in
 * order. The returned function takes chunks one after the other.
 */
export function requestReader(
  onHead: (head: RequestHead) => Promise<boolean>,
  forward: (data: Uint8Array) => void,
): (chunk: Buffer) => Promise<void> {
  let state: State = "head";
  let pending: Buffer = Buffer.alloc(0);
  let left = 0;
  let swallow = false;

  const takeLine = (end: string): Buffer | undefined => {
    const at = pending.indexOf(end);
    if (at < 0) return undefined;
    const line = pending.subarray(0, at + end.length);
    pending = pending.subarray(at + end.length);
    return line;
  };
  const takeBytes = (): boolean => {
    const part = pending.subarray(0, left);
    pending = pending.subarray(part.length);
    left -= part.length;
    if (part.length > 0) forward(part);
    return left === 0;
  };

  /** @returns false when more bytes are needed. */
  const step = async (): Promise<boolean> => {
    switch (state) {
      case "raw":
        forward(pending);
        pending = Buffer.alloc(0);
        return false;
      case "head": {
        const head = takeLine("\r\n\r\n");
        if (head === undefined) return false;
        const text = head.toString("latin1");
        const [method = "", path = ""] = text.split(" ", 2);
        const upgraded = /^upgrade:/im.test(text);
        swallow = !(await onHead({ method, path, upgraded }));
        left = Number(/^content-length: *(\d+)/im.exec(text)?.[1] ?? 0);
        const chunked = /^transfer-encoding: *chunked/im.test(text);
        // An upgrade may carry a body first (exec start does): after it everything is raw, and both are just bytes.
        state = upgraded ? "raw" : chunked ? "chunk-size" : left > 0 ? "body" : "head";
        if (!swallow) forward(head);
        return pending.length > 0;
      }
      case "body":
        if (!takeBytes()) return false;
        state = "head";
        return pending.length > 0;
      case "chunk-size": {
        const line = takeLine("\r\n");
        if (line === undefined) return false;
        forward(line);
        left = Number.parseInt(line.toString("latin1"), 16);
        state = left === 0 ? "trailer" : "chunk";
        left += 2;
        return pending.length > 0;
      }
      case "chunk":
        if (!takeBytes()) return false;
        state = "chunk-size";
        return pending.length > 0;
      case "trailer": {
        const line = takeLine("\r\n");
        if (line === undefined) return false;
        forward(line);
        if (line.length === 2) state = "head";
        return pending.length > 0;
      }
    }
  };

  return async (chunk) => {
    if (swallow) return;
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    while (await step()) if (swallow) return;
  };
}
