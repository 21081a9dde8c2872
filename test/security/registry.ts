/** A registry, its token service, or whoever answers in their place. */
import { expect } from "bun:test";
import type { EngineAuth } from "../../src/image/engine/engine-image.ts";
import { parseReference } from "../../src/image/reference.ts";
import { registryClient } from "../../src/image/registry/registry.ts";
import { answer, readChallenge } from "../../src/image/registry/registry-auth.ts";
import { registryConnection } from "../../src/image/registry/registry-connection.ts";
import { virtualClock } from "../rig/virtual-clock.ts";
import type { Peer } from "./row.ts";
import { evil, shown } from "./shown.ts";

const signal = () => AbortSignal.timeout(30_000);
const auth: EngineAuth = { username: "user", password: "a-password-to-keep" };

/** Asks a registry on loopback for a manifest. */
async function asked(told: (request: Request, host: string) => Response | Promise<Response>) {
  const requests: Request[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request, own): Response | Promise<Response> {
      requests.push(request);
      return told(request, `127.0.0.1:${own.port}`);
    },
  });
  try {
    const client = registryClient(async () => auth, [], virtualClock(), []);
    const reference = parseReference(`127.0.0.1:${server.port}/shop/web:1`);
    const result = await client.manifest(reference, signal()).catch((thrown: unknown) => thrown);
    return { result, requests };
  } finally {
    await server.stop(true);
  }
}

const endless = (text: string) =>
  new ReadableStream({ pull: (controller) => controller.enqueue(Buffer.alloc(64 << 10, text)) });

export const registry: Peer = {
  name: "a registry",
  rows: [
    {
      what: "a manifest never ends",
      outcome: "it is refused after 4 MiB with one clear failure",
      async run() {
        const { result } = await asked(() => new Response(endless(" ")));
        expect(result).toMatchObject({ name: "Failure", message: expect.stringContaining("is no manifest") });
      },
    },
    {
      what: "a manifest is another one than its digest says",
      outcome: "it is refused with one clear failure",
      async run() {
        const headers = { "docker-content-digest": `sha256:${"1".repeat(64)}` };
        const { result } = await asked(() => new Response("{}", { headers }));
        expect(result).toMatchObject({ name: "Failure", message: expect.stringContaining("other content") });
      },
    },
    {
      what: "a manifest is JSON of another shape",
      outcome: "it is one clear failure, or a manifest of nothing",
      async run() {
        for (const text of [
          "null",
          "[]",
          "7",
          '"a"',
          '{"config":null}',
          '{"manifests":{}}',
          '{"manifests":[null,7]}',
        ]) {
          const { result } = await asked(() => new Response(text));
          if (result instanceof Error) expect([text, result.name]).toEqual([text, "Failure"]);
          else expect(result).toMatchObject({ digest: expect.stringMatching(/^sha256:[a-f0-9]{64}$/) });
        }
      },
    },
    {
      what: "a refusal has words that a terminal would obey, or never ends",
      outcome: "the begin of it is shown as text",
      async run() {
        const body = { errors: [{ code: "DENIED", message: evil }] };
        const { result } = await asked(() => Response.json(body, { status: 418 }));
        expect(result).toMatchObject({ name: "Failure" });
        const diagnostic = { severity: "error", message: String(result) } as const;
        expect(shown({ type: "diagnostic", diagnostic })).toContain("\\e[2J");
        const { result: long } = await asked(() => new Response(endless("{"), { status: 418 }));
        expect(long).toMatchObject({ name: "Failure", message: expect.stringMatching(/^.{1,200}$/) });
      },
    },
    {
      what: "it names a token service that is not asked by https",
      outcome: "the password is not sent there",
      async run() {
        const seen: string[] = [];
        const other = Bun.serve({
          port: 0,
          hostname: "127.0.0.1",
          fetch(request) {
            seen.push(request.headers.get("authorization") ?? "");
            return Response.json({ token: "t" });
          },
        });
        const challenge = readChallenge(`Bearer realm="http://127.0.0.1:${other.port}/token",service="s"`);
        if (challenge === undefined) throw new Error("the challenge is not read");
        // A registry that has to be asked by https, by its name.
        const asked = answer(challenge, "registry.example.com", auth, registryConnection([], []), signal());
        await expect(asked).rejects.toMatchObject({ name: "Failure" });
        expect(seen).toEqual([]);
        await other.stop(true);
      },
    },
    {
      what: "its token service leads to another host",
      outcome: "it is followed without the password, and not at all with a refresh token",
      async run() {
        const seen: string[] = [];
        const other = Bun.serve({
          port: 0,
          hostname: "127.0.0.1",
          async fetch(request) {
            seen.push(`${request.headers.get("authorization") ?? ""}${await request.text()}`);
            return Response.json({ token: "t" });
          },
        });
        const service = Bun.serve({
          port: 0,
          hostname: "127.0.0.1",
          fetch: () => Response.redirect(`http://127.0.0.1:${other.port}/token`, 307),
        });
        const challenge = readChallenge(`Bearer realm="http://127.0.0.1:${service.port}/token",service="s"`);
        if (challenge === undefined) throw new Error("the challenge is not read");
        const host = `127.0.0.1:${service.port}`;
        const tokenFor = (own: EngineAuth) => answer(challenge, host, own, registryConnection([host], []), signal());
        expect(await tokenFor(auth)).toBe("Bearer t");
        await expect(tokenFor({ identitytoken: "a-token-to-keep" })).rejects.toMatchObject({ name: "Failure" });
        expect(seen).toEqual([""]);
        await Promise.all([other.stop(true), service.stop(true)]);
      },
    },
    {
      what: "a token has line breaks, to become headers of its own",
      outcome: "it counts as no token",
      async run() {
        const { result, requests } = await asked((request, host) => {
          if (new URL(request.url).pathname === "/token") return Response.json({ token: "a\r\nX-Evil: 1" });
          const headers = { "WWW-Authenticate": `Bearer realm="http://${host}/token",service="s"` };
          return new Response(null, { status: 401, headers });
        });
        expect(result).toMatchObject({ name: "Failure", message: expect.stringContaining("gave no token") });
        expect(requests.filter(({ headers }) => headers.has("x-evil"))).toEqual([]);
      },
    },
  ],
};
