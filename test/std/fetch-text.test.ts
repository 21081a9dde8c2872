/** A configuration that is named by an address: what its server may do, and whom it is trusted for. */
import { afterAll, expect, test } from "bun:test";
import { join } from "node:path";
import { fetchText } from "../../src/std/fetch-text.ts";
import { makeAuthority } from "../rig/authority.ts";
import { commandFolder } from "../rig/command-line.ts";
import { header } from "../rig/config-files.ts";
import { tempFolder } from "../rig/temp-folder.ts";

const never = new AbortController().signal;
const servers: { stop(force: boolean): unknown }[] = [];
afterAll(() => Promise.all(servers.map((server) => server.stop(true))));

function serve(answer: () => Response | Promise<Response>): string {
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: answer });
  servers.push(server);
  return `http://127.0.0.1:${server.port}/skaffold.yaml`;
}

function endless(text: string): Response {
  return new Response(new ReadableStream({ pull: (controller) => controller.enqueue(Buffer.from(text)) }));
}

test("its text is what the server gives", async () => {
  expect(
    await fetchText(
      serve(() => new Response("kind: Config")),
      never,
    ),
  ).toBe("kind: Config");
});

test.each<[string, () => Response | Promise<Response>, string]>([
  ["that says nothing", () => new Promise<Response>(() => undefined), "the server did not answer within 0.5 s"],
  [
    "that stops in the middle",
    () => new Response(new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from("kind")) })),
    "the server did not answer within 0.5 s",
  ],
  ["that refuses", () => new Response(null, { status: 404 }), "the server answered 404"],
])("a server %s is one clear failure", async (_what, answer, words) => {
  const address = serve(answer);
  await expect(fetchText(address, never, 500)).rejects.toThrow(`cannot fetch ${address}: ${words}`);
});

test("a text that never ends is refused", async () => {
  const address = serve(() => endless("x".repeat(1 << 20)));
  await expect(fetchText(address, never)).rejects.toThrow(`cannot fetch ${address}: its text is longer than 16 MiB`);
});

test("a cancellation is the signal's reason", async () => {
  const controller = new AbortController();
  const begun = Promise.withResolvers<void>();
  const address = serve(() => {
    begun.resolve();
    return new Promise<Response>(() => undefined);
  });
  const fetched = fetchText(address, controller.signal);
  await begun.promise;
  controller.abort(new Error("enough"));
  await expect(fetched).rejects.toThrow("enough");
});

test("an authority of this machine is trusted for it, and another one is not", async () => {
  await using folder = await tempFolder();
  const tls = await (await makeAuthority(folder.path)).issue("configs", ["localhost"]);
  const text = `${header}metadata: {name: from-afar}\n`;
  const server = Bun.serve({ port: 0, hostname: "localhost", tls, fetch: () => new Response(text) });
  servers.push(server);
  const address = `https://localhost:${server.port}/skaffold.yaml`;
  using at = commandFolder({});
  const asked = ["diagnose", "--yaml-only", "-f", address];
  const refused = await at.run(asked);
  expect(refused.code).toBe(1);
  expect(refused.err).toContain(`cannot fetch ${address}: the server is not trusted: `);
  const trusted = await at.run(asked, { env: { NODE_EXTRA_CA_CERTS: join(folder.path, "ca.pem") } });
  expect(trusted).toMatchObject({ code: 0, err: "" });
  expect(trusted.out).toContain("name: from-afar");
});

test("an address of another scheme is one clear failure", async () => {
  await expect(fetchText("gs://bucket/a.yaml", never)).rejects.toThrow(
    "cannot fetch gs://bucket/a.yaml: only http and https addresses are read",
  );
});
