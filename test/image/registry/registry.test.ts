import { afterAll, expect, test } from "bun:test";
import { createServer } from "node:net";
import type { Failure } from "../../../src/diag/failure.ts";
import { parseReference } from "../../../src/image/reference.ts";
import { registryClient } from "../../../src/image/registry/registry.ts";
import { type Clock, systemClock } from "../../../src/std/clock.ts";
import { virtualClock } from "../../rig/virtual-clock.ts";

const signal = new AbortController().signal;
const servers: { stop(force: boolean): unknown }[] = [];
afterAll(() => Promise.all(servers.map((server) => server.stop(true))));

/** A registry of one function on loopback, and what it was asked. */
function registry(answer: (request: Request, nth: number) => Response, clock: Clock = systemClock) {
  const asked: string[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request) => answer(request, asked.push(`${request.method} ${new URL(request.url).pathname}`)),
  });
  servers.push(server);
  const host = `127.0.0.1:${server.port}`;
  const client = registryClient(async () => undefined, [], clock, []);
  return { asked, host, client, reference: parseReference(`${host}/shop/web:1`) };
}

const digestOf = (text: string) => `sha256:${new Bun.CryptoHasher("sha256").update(text).digest("hex")}`;
const manifest = JSON.stringify({ config: { digest: `sha256:${"c".repeat(64)}` } });

test("a digest is asked without its manifest, and read from it only where the answer does not name it", async () => {
  const named = registry(() => new Response(null, { headers: { "docker-content-digest": digestOf(manifest) } }));
  expect(await named.client.digest(named.reference, signal)).toBe(digestOf(manifest));
  expect(named.asked).toEqual(["HEAD /v2/shop/web/manifests/1"]);
  const silent = registry(() => new Response(manifest));
  expect(await silent.client.digest(silent.reference, signal)).toBe(digestOf(manifest));
  expect(silent.asked).toEqual(["HEAD /v2/shop/web/manifests/1", "GET /v2/shop/web/manifests/1"]);
  const absent = registry(() => new Response(null, { status: 404 }));
  expect(await absent.client.digest(absent.reference, signal)).toBeUndefined();
  expect(absent.asked).toHaveLength(1);
});

test("content that is not what its digest says is refused, by whatever name it was asked", async () => {
  const other = registry(() => new Response(manifest, { headers: { "docker-content-digest": digestOf("other") } }));
  await expect(other.client.manifest(other.reference, signal)).rejects.toThrow("answered with other content than");
  const replaced = registry(() => new Response(manifest));
  const pinned = { ...replaced.reference, digest: digestOf("other") };
  await expect(replaced.client.manifest(pinned, signal)).rejects.toThrow("answered with other content than");
  expect(await replaced.client.manifest({ ...pinned, digest: digestOf(manifest) }, signal)).toMatchObject({
    digest: digestOf(manifest),
    config: `sha256:${"c".repeat(64)}`,
  });
});

test("a page where a manifest should be is one clear failure", async () => {
  const login = registry(() => new Response("<html>log in</html>", { headers: { "content-type": "text/html" } }));
  await expect(login.client.manifest(login.reference, signal)).rejects.toThrow("something that is no manifest");
});

test("a cut connection is tried again like a busy registry, and not for ever", async () => {
  let cuts = 0;
  const server = createServer((client) => {
    cuts++;
    client.on("error", () => undefined);
    client.once("data", () => client.resetAndDestroy());
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as { port: number };
  const clock = virtualClock();
  const client = registryClient(async () => undefined, [], clock, []);
  const reference = parseReference(`127.0.0.1:${port}/shop/web:1`);
  let ended = false;
  const outcome = client.digest(reference, signal).then(
    () => "an answer",
    (thrown: Error) => thrown.message,
  );
  void outcome.then(() => {
    ended = true;
  });
  while (!ended) {
    await clock.advance(10_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await outcome).toContain(`cannot reach the registry 127.0.0.1:${port}`);
  expect(cuts).toBeGreaterThanOrEqual(5);
  expect(cuts).toBeLessThanOrEqual(20);
  server.close();
});

test("a token service that is ill for a moment is asked again, as the registry is", async () => {
  let tokens = 0;
  const clock = virtualClock();
  const own = registry((request) => {
    const { pathname, origin } = new URL(request.url);
    if (pathname === "/token")
      return tokens++ < 2 ? new Response(null, { status: 503 }) : Response.json({ token: "t" });
    if (request.headers.get("authorization") === "Bearer t")
      return new Response(null, { headers: { "docker-content-digest": digestOf(manifest) } });
    return new Response(null, { status: 401, headers: { "www-authenticate": `Bearer realm="${origin}/token"` } });
  }, clock);
  expect(await settled(own.client.digest(own.reference, signal), clock)).toBe(digestOf(manifest));
  expect(tokens).toBe(3);
});

test("a manifest that is cut in the middle is asked for again, and not for ever", async () => {
  let cuts = 0;
  let most = 2;
  const server = createServer((client) => {
    client.on("error", () => undefined);
    client.once("data", () => {
      const whole = cuts++ >= most;
      const body = whole ? manifest : manifest.slice(0, 10);
      client.end(`HTTP/1.1 200 OK\r\nContent-Length: ${manifest.length}\r\nConnection: close\r\n\r\n${body}`);
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as { port: number };
  const client = registryClient(async () => undefined, [], systemClock, []);
  const reference = parseReference(`127.0.0.1:${port}/shop/web:1`);
  expect(await client.manifest(reference, signal)).toMatchObject({ digest: digestOf(manifest) });
  most = 1000;
  await expect(client.manifest(reference, signal)).rejects.toThrow(`cannot reach the registry 127.0.0.1:${port}`);
  server.close();
});

/** What becomes of it, with time that passes as long as it takes. */
async function settled<T>(work: Promise<T>, clock: ReturnType<typeof virtualClock>): Promise<T> {
  let ended = false;
  const end = () => {
    ended = true;
  };
  work.then(end, end);
  while (!ended) {
    await clock.advance(10_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return work;
}

test.each([
  [503, true],
  [429, true],
  [400, false],
])("a registry that goes on answering %i may be well later: %p", async (status, passes) => {
  const clock = virtualClock();
  const { client, reference } = registry(() => new Response(null, { status }), clock);
  const failure = client.hasBlob(reference, "sha256:1", signal).then(
    () => undefined,
    (thrown: Failure) => thrown,
  );
  let ended = false;
  void failure.then(() => {
    ended = true;
  });
  while (!ended) {
    await clock.advance(10_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect((await failure)?.diagnostics[0].passing === true).toBe(passes);
});

test("an answer that never ends is no manifest, and of a refusal the begin is read", async () => {
  const endless = (text: string) =>
    new ReadableStream({ pull: (controller) => controller.enqueue(Buffer.alloc(64 << 10, text)) });
  const manifests = registry(() => new Response(endless(" ")));
  await expect(manifests.client.manifest(manifests.reference, signal)).rejects.toThrow("something that is no manifest");
  const refusals = registry(() => new Response(endless("{"), { status: 418 }));
  await expect(refusals.client.manifest(refusals.reference, signal)).rejects.toThrow("answered 418");
});
