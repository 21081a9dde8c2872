/** Blobs on their way into a registry, against one of a function: what is asked, what is sent once, what is refused. */
import { afterAll, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { parseReference } from "../../../src/image/reference.ts";
import { type PushedBlob, registryClient } from "../../../src/image/registry/registry.ts";
import { sha256 } from "../../../src/std/data/digest.ts";
import { eventually } from "../../rig/eventually.ts";
import { virtualClock } from "../../rig/virtual-clock.ts";

const servers: { stop(force: boolean): unknown }[] = [];
afterAll(() => Promise.all(servers.map((server) => server.stop(true))));
const content = randomBytes(3 << 20);
const digest = `sha256:${sha256(content)}`;

function blob(): PushedBlob & { readonly reads: () => number } {
  let reads = 0;
  return {
    digest,
    bytes: content.length,
    chunks() {
      reads++;
      return [content.subarray(0, 1 << 20), content.subarray(1 << 20)];
    },
    reads: () => reads,
  };
}

interface Options {
  readonly location?: (host: string) => string;
  readonly answer?: (method: string, nth: number) => Response | undefined;
}

function registry({ location = () => "/v2/shop/web/blobs/uploads/1?state=a", answer }: Options = {}) {
  const asked: string[] = [];
  const received: Buffer[] = [];
  let host = "";
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const url = new URL(request.url);
      asked.push(`${request.method} ${url.pathname}${url.search}`);
      const nth = asked.filter((one) => one.startsWith(`${request.method} `)).length;
      const body = Buffer.from(await request.arrayBuffer());
      const own = answer?.(request.method, nth);
      if (own) return own;
      if (request.method === "PATCH") received.push(body);
      const headers = { location: location(host) };
      return new Response(null, { status: request.method === "PUT" ? 201 : 202, headers });
    },
  });
  servers.push(server);
  host = `127.0.0.1:${server.port}`;
  const user = async () => ({ username: "ann", password: "secret" });
  const client = registryClient(user, [], virtualClock(), []);
  const reference = parseReference(`${host}/shop/web:1`);
  const upload = (what: PushedBlob, signal = new AbortController().signal) => client.upload(reference, what, signal);
  return { asked, received, upload, client, reference };
}

test.each<[string, Options["location"]]>([
  ["a path", () => "/v2/shop/web/blobs/uploads/1?state=a"],
  ["an address", (host) => `http://${host}/v2/shop/web/blobs/uploads/1?state=a`],
  ["an address by another name of it", () => "https://registry.internal/v2/shop/web/blobs/uploads/1?state=a"],
])("a blob arrives whole where the registry says by %s, and its digest ends it", async (_what, location) => {
  const it = registry(location ? { location } : {});
  await it.upload(blob());
  expect(it.received.map((bytes) => sha256(bytes))).toEqual([sha256(content)]);
  expect(it.asked).toEqual([
    "POST /v2/shop/web/blobs/uploads/",
    "PATCH /v2/shop/web/blobs/uploads/1?state=a",
    `PUT /v2/shop/web/blobs/uploads/1?state=a&digest=${encodeURIComponent(digest)}`,
  ]);
});

test("a registry that wants credentials gets them, and then the blob once", async () => {
  const challenge = { headers: { "www-authenticate": 'Basic realm="shop"' }, status: 401 };
  const it = registry({
    answer: (method, nth) => (method === "POST" && nth === 1 ? new Response(null, challenge) : undefined),
  });
  await it.upload(blob());
  expect(it.received).toHaveLength(1);
  expect(it.asked.filter((one) => one.startsWith("POST"))).toHaveLength(2);
});

test("what is refused is told in the registry's words, and its bytes are not sent again", async () => {
  const words = JSON.stringify({ errors: [{ code: "DIGEST_INVALID", message: "provided digest did not match" }] });
  const wrong = registry({ answer: (method) => (method === "PUT" ? new Response(words, { status: 400 }) : undefined) });
  await expect(wrong.upload(blob())).rejects.toThrow("answered 400 for shop/web: provided digest did not match");
  const sent = blob();
  const broken = registry({ answer: (method) => (method === "PATCH" ? new Response("", { status: 500 }) : undefined) });
  await expect(broken.upload(sent)).rejects.toThrow("answered 500");
  expect([sent.reads(), broken.asked.filter((one) => one.startsWith("PATCH")).length]).toEqual([1, 1]);
});

test("a registry that does not say where an upload goes on is refused", async () => {
  const it = registry({ answer: (method) => (method === "POST" ? new Response(null, { status: 202 }) : undefined) });
  await expect(it.upload(blob())).rejects.toThrow("does not say where an upload goes on");
});

test("a cancelled upload ends with its reason, and its source is closed", async () => {
  const it = registry();
  const stop = new AbortController();
  let closed = false;
  const endless = async function* () {
    try {
      for (;;) {
        yield content.subarray(0, 1 << 16);
        if (!stop.signal.aborted) stop.abort(new Error("interrupted"));
        await new Promise((turn) => setImmediate(turn));
      }
    } finally {
      closed = true;
    }
  };
  const source = { digest, bytes: Number.MAX_SAFE_INTEGER, chunks: endless };
  await expect(it.upload(source, stop.signal)).rejects.toThrow("interrupted");
  await eventually("the source is closed", async () => (closed ? true : undefined));
});

test("a source that fails is the upload's failure", async () => {
  const it = registry();
  const failing = async function* () {
    yield content.subarray(0, 10);
    throw new Error("the archive was changed");
  };
  await expect(it.upload({ digest, bytes: 20, chunks: failing })).rejects.toThrow("the archive was changed");
});

test("a manifest is put under its tag, and named by its digest", async () => {
  const it = registry();
  const bytes = Buffer.from("{}");
  const named = await it.client.putManifest(
    it.reference,
    { bytes, mediaType: "application/x" },
    AbortSignal.timeout(5000),
  );
  expect(named).toBe(`sha256:${sha256(bytes)}`);
  expect(it.asked).toEqual(["PUT /v2/shop/web/manifests/1"]);
});
