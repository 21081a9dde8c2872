import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isCertificateRefusal, issuerOf, machineAuthorities } from "../../src/std/tls-trust.ts";
import { makeAuthority } from "../rig/authority.ts";

let folder = "";
let server: ReturnType<typeof Bun.serve>;
let port = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "devloop-trust-"));
  const authority = await makeAuthority(folder, "Company Authority");
  const tls = await authority.issue("server", ["localhost", "127.0.0.1"]);
  server = Bun.serve({ port: 0, hostname: "127.0.0.1", tls, fetch: () => new Response("trusted") });
  port = server.port ?? 0;
});
afterAll(async () => {
  await server.stop(true);
  await rm(folder, { recursive: true });
});

/** What a program on such a machine gets of the server. */
async function asked(env: Record<string, string | undefined>): Promise<string> {
  const module = join(import.meta.dir, "../../src/std/tls-trust.ts");
  const program = `
    const { machineAuthorities } = await import(${JSON.stringify(module)});
    const answer = await fetch("https://localhost:${port}/", { tls: { ca: machineAuthorities() } })
      .then((response) => response.text(), (thrown) => thrown.code);
    console.log(answer);`;
  const own = { ...process.env, SSL_CERT_FILE: undefined, SSL_CERT_DIR: undefined, NODE_EXTRA_CA_CERTS: undefined };
  const child = Bun.spawn([process.execPath, "-e", program], { env: { ...own, ...env }, stderr: "inherit" });
  return (await new Response(child.stdout).text()).trim();
}

test("what the system trusts, and what NODE_EXTRA_CA_CERTS adds, is trusted; nothing else is", async () => {
  const ca = join(folder, "ca.pem");
  expect(await asked({})).toBe("UNABLE_TO_VERIFY_LEAF_SIGNATURE");
  expect(await asked({ SSL_CERT_FILE: ca })).toBe("trusted");
  expect(await asked({ NODE_EXTRA_CA_CERTS: ca })).toBe("trusted");
  expect(machineAuthorities().length).toBeGreaterThan(50);
  expect(machineAuthorities()).toBe(machineAuthorities());
});

test("the issuer of a refused certificate is named, and a server that is not there has none", async () => {
  const thrown = await fetch(`https://localhost:${port}/`).catch((error: unknown) => error);
  expect(isCertificateRefusal(thrown)).toBe(true);
  const signal = new AbortController().signal;
  expect(await issuerOf({ hostname: "localhost", port }, signal)).toBe("Company Authority (Test Ltd)");
  expect(await issuerOf({ hostname: "localhost", port: 1 }, signal)).toBeUndefined();
  expect(await issuerOf({ hostname: "localhost", port }, AbortSignal.abort())).toBeUndefined();
});
