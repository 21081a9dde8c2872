/** Which hosts are this machine, and that no proxy of the environment gets the requests for it. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { isLoopback } from "../../src/std/url-host.ts";

test.each([
  ["localhost", true],
  ["registry.localhost", true],
  ["127.0.0.1", true],
  ["127.9.9.9", true],
  ["::1", true],
  ["localhost.example.com", false],
  ["127.0.0.1.example.com", false],
  ["10.0.0.1", false],
])("%s is this machine: %p", (host, here) => expect(isLoopback(host)).toBe(here));

test("a registry, an engine and a config of this machine are reached past the proxy of the environment", async () => {
  const asked: string[] = [];
  const proxy = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      asked.push(request.url);
      return new Response(null, { status: 502 });
    },
  });
  const own = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request) =>
      request.url.includes("/v2/")
        ? new Response(null, { headers: { "Docker-Content-Digest": "sha256:here" } })
        : new Response("here"),
  });
  const src = join(import.meta.dir, "../../src");
  const program = `
    const { fetchText } = await import("${src}/std/fetch-text.ts");
    const { engineAt } = await import("${src}/image/engine/engine.ts");
    const { registryClient } = await import("${src}/image/registry/registry.ts");
    const { parseReference } = await import("${src}/image/reference.ts");
    const { systemClock } = await import("${src}/std/clock.ts");
    const { signal } = new AbortController();
    const engine = engineAt({ kind: "tcp", host: "127.0.0.1", port: ${own.port}, from: "a test" });
    const registry = registryClient(async () => undefined, [], systemClock);
    console.log(await fetchText("http://localhost:${own.port}/", signal));
    console.log(await (await engine.request("/_ping", {}, signal)).text());
    console.log(await registry.digest(parseReference("127.0.0.1:${own.port}/web:v1"), signal));
  `;
  const address = `http://127.0.0.1:${proxy.port}`;
  const child = Bun.spawn([process.execPath, "-e", program], {
    env: { PATH: process.env.PATH, HOME: "/nowhere", HTTP_PROXY: address, HTTPS_PROXY: address },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  expect({ out, err, asked }).toEqual({ out: "here\nhere\nsha256:here\n", err: "", asked: [] });
  await Promise.all([proxy.stop(true), own.stop(true)]);
});
