/**
 * A registry that accepts pushes only: the engine pushes to it over loopback, and for each layer learns whether it is
 * wanted. It stores nothing; uploads belong to the push that is being answered.
 * The engine asks by digests that it remembers from earlier pushes. An upload may be answered before its body is read:
 * the engine then remembers the digest of the few bytes that it had sent. Such a digest names no content; it is a token
 * for the layer, and the manifest lists the tokens in layer order. A preparing push thus costs no bytes.
 * Listens on 127.0.0.1 with a password, because every user of the machine can connect to the port. The engine learns
 * the password, so it differs from the secret that it is derived from.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { OpenScratch } from "../../store/scratch.ts";
import { type Spooled, spool } from "../archive/spool.ts";

export interface PushAnswers {
  /** The image id: the digest under which the engine offers the config. */
  readonly config: string;
  readonly hasConfig: boolean;
  /** Whether a layer that the engine offers by this digest should be sent. */
  wants(digest: string): boolean;
  /** Whether uploads of layers are answered before they are read. */
  readonly teach: boolean;
}

export interface PushResult {
  /** Every layer's digest as the engine names it, lowest first. */
  readonly layers: readonly string[];
  /** Complete uploads by digest. The receiver disposes them. */
  readonly uploads: ReadonlyMap<string, Spooled>;
}

export interface PushTarget extends AsyncDisposable {
  readonly port: number;
  /** Credentials for the engine: always the same object, or the engine asks by other registries' digests. */
  readonly auth: { readonly username: string; readonly password: string };
  /**
   * Answers one push while `push` runs; one at a time.
   * @throws Error when it ends without a manifest, and whatever `push` throws; uploads are then removed
   */
  receive(answers: PushAnswers, push: () => Promise<void>): Promise<PushResult>;
}

interface Receiving {
  readonly answers: PushAnswers;
  readonly uploads: Map<string, Spooled>;
  /** All uploads of the push; those that are not handed on are disposed with it. */
  readonly spooled: Set<Promise<Spooled>>;
  /** Aborted when the push is over: a late upload is dropped. */
  readonly ended: AbortController;
  /** Digests of this push, including tokens: the engine asks for each of them once afterwards. */
  readonly put: Set<string>;
  readonly pending: Map<string, Promise<Spooled>>;
  /** Set by the HEAD of the config: later uploads are read to their end. */
  configNext: boolean;
  layers: readonly string[] | undefined;
}

const username = "devloop";
/**
 * Bytes read before an early answer: an immediate answer would find no bytes sent, and every layer would get the same
 * token.
 */
const tokenBytes = 32 << 10;

/** Limit for a manifest, which only lists layers. */
const mostManifestBytes = 4 << 20;

/** The password for the engine. */
export type PushPassword = string & { readonly __brand: "PushPassword" };

/**
 * @param secret the same at every start, so that the engine's memory stays useful; it cannot be derived from the
 * password
 */
export function pushPassword(secret: string): PushPassword {
  return createHmac("sha256", secret).update("devloop push target").digest("hex") as PushPassword;
}

/** Opens the listener. `scratch` holds uploads that are too large for the memory. */
export function openPushTarget(password: PushPassword, scratch: OpenScratch): PushTarget {
  const expected = Buffer.from(`Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`);
  let receiving: Receiving | undefined;
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    async fetch(request) {
      const shown = Buffer.from(request.headers.get("authorization") ?? "");
      if (shown.length !== expected.length || !timingSafeEqual(shown, expected))
        return new Response(null, { status: 401, headers: { "WWW-Authenticate": 'Basic realm="devloop"' } });
      const { pathname, searchParams } = new URL(request.url);
      if (pathname === "/v2/") return new Response("{}");
      if (receiving === undefined) return new Response(null, { status: 503 });
      return respond(receiving, scratch, request, pathname, searchParams);
    },
    error: () => new Response(null, { status: 500 }),
  });
  const port = server.port ?? 0;
  return {
    port,
    auth: { username, password },
    async receive(answers, push) {
      if (receiving !== undefined) throw new Error("the push target answers one push at a time");
      const current: Receiving = {
        answers,
        uploads: new Map(),
        spooled: new Set(),
        ended: new AbortController(),
        put: new Set(),
        pending: new Map(),
        configNext: false,
        layers: undefined,
      };
      receiving = current;
      let handed: ReadonlyMap<string, Spooled> = new Map();
      try {
        await push();
        if (current.layers === undefined) throw new Error("the push ended without a manifest");
        handed = current.uploads;
        return { layers: current.layers, uploads: handed };
      } finally {
        receiving = undefined;
        current.ended.abort(new Error("the push has ended"));
        const kept = new Set(handed.values());
        for (const upload of current.spooled)
          void upload.then(
            (spooled) => (kept.has(spooled) ? undefined : spooled[Symbol.asyncDispose]()),
            () => undefined,
          );
      }
    },
    async [Symbol.asyncDispose]() {
      await server.stop(true);
    },
  };
}

async function respond(
  r: Receiving,
  scratch: OpenScratch,
  request: Request,
  path: string,
  query: URLSearchParams,
): Promise<Response> {
  const { answers } = r;
  const blob = /\/blobs\/(sha256:[a-f0-9]{64})$/.exec(path)?.[1];
  if (request.method === "HEAD" && blob !== undefined) {
    if (blob === answers.config) r.configNext = true;
    const has = r.put.has(blob) || (blob === answers.config ? answers.hasConfig : !answers.wants(blob));
    // A HEAD must have a length; its value is not used.
    return has ? present(blob) : new Response(null, { status: 404 });
  }
  if (request.method === "POST" && path.endsWith("/blobs/uploads/")) return accepted(path, crypto.randomUUID(), 0);
  const upload = /\/blobs\/uploads\/([0-9a-f-]+)$/.exec(path)?.[1];
  if (upload !== undefined && request.method === "PATCH") return patch(r, scratch, request, path, upload);
  if (upload !== undefined && request.method === "PUT") {
    const digest = query.get("digest") ?? "";
    return /^sha256:[a-f0-9]{64}$/.test(digest) ? put(r, scratch, request, upload, digest) : invalidDigest();
  }
  if (request.method === "PUT" && path.includes("/manifests/")) {
    if (Number(request.headers.get("content-length") ?? mostManifestBytes + 1) > mostManifestBytes)
      return new Response(null, { status: 413 });
    const text = await request.text();
    const manifest = JSON.parse(text) as { layers?: { digest: string }[] };
    r.layers = (manifest.layers ?? []).map((layer) => layer.digest);
    const digest = `sha256:${new Bun.CryptoHasher("sha256").update(text).digest("hex")}`;
    return new Response(null, { status: 201, headers: { "Docker-Content-Digest": digest, Location: path } });
  }
  return new Response(null, { status: 404 });
}

function present(digest: string): Response {
  return new Response(null, { headers: { "Content-Length": "1", "Docker-Content-Digest": digest } });
}

function accepted(path: string, id: string, received: number, body: ReadableStream | null = null): Response {
  const location = path.endsWith("/uploads/") ? `${path}${id}` : path;
  const headers = { Location: location, "Docker-Upload-UUID": id, Range: `0-${Math.max(0, received - 1)}` };
  return new Response(body, { status: 202, headers });
}

async function patch(
  r: Receiving,
  scratch: OpenScratch,
  request: Request,
  path: string,
  id: string,
): Promise<Response> {
  if (request.body === null) return accepted(path, id, 0);
  if (r.answers.teach && !r.configNext) {
    const reader = request.body.getReader();
    for (let read = 0; read < tokenBytes; ) {
      const { done, value } = await reader.read();
      if (done) return accepted(path, id, read);
      read += value.length;
    }
    return accepted(path, id, tokenBytes, drained(reader));
  }
  const upload = take(r, request.body, scratch);
  r.pending.set(id, upload);
  return accepted(path, id, (await upload).bytes);
}

/**
 * An answer that begins while the request is still coming: one byte, then nothing until the engine has stopped sending.
 * A complete answer would close the connection, which the engine takes for a failure.
 */
function drained(reader: Pick<ReadableStreamDefaultReader<Uint8Array>, "read">): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async start(controller) {
      controller.enqueue(new Uint8Array([10]));
      try {
        while (!(await reader.read()).done);
      } catch {}
      try {
        controller.close();
      } catch {}
    },
  });
}

async function put(
  r: Receiving,
  scratch: OpenScratch,
  request: Request,
  id: string,
  digest: string,
): Promise<Response> {
  const body = request.body;
  let upload = await r.pending.get(id);
  r.pending.delete(id);
  if (upload === undefined && body !== null) {
    const whole = await take(r, body, scratch);
    if (whole.bytes > 0) upload = whole;
  }
  if (upload !== undefined && upload.digest !== digest) {
    await upload[Symbol.asyncDispose]();
    return invalidDigest();
  }
  r.put.add(digest);
  if (upload !== undefined) r.uploads.set(digest, upload);
  return new Response(null, {
    status: 201,
    headers: { Location: `/v2/devloop/blobs/${digest}`, "Docker-Content-Digest": digest },
  });
}

function take(r: Receiving, stream: ReadableStream<Uint8Array>, scratch: OpenScratch): Promise<Spooled> {
  const upload = spool(stream, scratch, r.ended.signal);
  r.spooled.add(upload);
  return upload;
}

function invalidDigest(): Response {
  return Response.json({ errors: [{ code: "DIGEST_INVALID", message: "the digest is another" }] }, { status: 400 });
}
