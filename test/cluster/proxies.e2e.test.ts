/** The real API server behind real proxies: requests, watches and streams go the same way. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "../../src/cluster/connect/connect.ts";
import { clusterId } from "../../src/cluster/connect/identity.ts";
import { makeAuthority } from "../rig/authority.ts";
import { context, kubeconfig } from "../rig/cluster.ts";
import { type KubeProxy, startKubeProxy } from "../rig/kube-proxy.ts";
import { httpProxy, secureProxy, socksProxy } from "../rig/proxies.ts";
import { type Reached, reach } from "../rig/reach.ts";

const signal = new AbortController().signal;
let server: KubeProxy;
let folder = "";
beforeAll(async () => {
  server = await startKubeProxy({ kubeconfig, context });
  folder = await mkdtemp(join(tmpdir(), "devloop-proxies-"));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

type Entries = Record<string, unknown>;

async function through(proxyUrl: string, env: Record<string, string> = {}, user: Entries = {}, cluster: Entries = {}) {
  const config = (await Bun.file(server.kubeconfig).json()) as {
    clusters: [{ cluster: Entries }];
    users: [{ user: Entries }];
  };
  Object.assign(config.clusters[0].cluster, { "proxy-url": proxyUrl }, cluster);
  Object.assign(config.users[0].user, user);
  const file = join(folder, "config");
  await writeFile(file, JSON.stringify(config));
  return connect({ kubeconfig: file, env });
}

function expectReached({ namespaces, raw }: Reached): void {
  expect(namespaces).toContain("kube-system");
  expect(raw).toMatch(/^HTTP\/1\.1 \d{3}/);
}

/** Everything goes through with the password, and nothing with a wrong one. */
async function works(proxyUrl: string): Promise<void> {
  expectReached(await reach(await through(proxyUrl)));
  const wrong = await clusterId(await through(proxyUrl.replace("secret", "wrong")), signal).then(
    () => "let through",
    (thrown) => (thrown as Error).message,
  );
  expect(wrong).toContain("cannot reach the API server");
}

test("an HTTP proxy with a password", async () => {
  await using proxy = await httpProxy("ann");
  await works(`http://ann:secret@${proxy.host}:${proxy.port}`);
});

test("a SOCKS5 proxy with a password", async () => {
  await using proxy = await socksProxy("ann");
  await works(`socks5://ann:secret@${proxy.host}:${proxy.port}`);
  await works(`socks5h://ann:secret@${proxy.host}:${proxy.port}`);
});

test("an HTTP proxy behind TLS, trusted as the machine trusts", async () => {
  const authority = await makeAuthority(folder, "Proxy Authority");
  await using proxy = await secureProxy(await httpProxy("ann"), await authority.issue("proxy", ["localhost"]));
  const url = `https://ann:secret@${proxy.host}:${proxy.port}`;
  // What the machine trusts is read once in a process: a child has the authority, this process does not.
  const stranger = await clusterId(await through(url), signal).catch((thrown: Error) => thrown.message);
  expect(stranger).toContain("unable to verify the first certificate");
  const program = join(import.meta.dir, "../rig/reach.ts");
  const child = Bun.spawn([process.execPath, program, join(folder, "config")], {
    env: { ...process.env, SSL_CERT_FILE: join(folder, "ca.pem") },
    stderr: "inherit",
  });
  expectReached(JSON.parse(await new Response(child.stdout).text()));
});

test("an impersonation with several groups goes through a proxy as well, and its refusals come back", async () => {
  await using http = await httpProxy("ann");
  await using socks = await socksProxy("ann");
  const as = { as: "jane", "as-groups": ["nobodies", "system:masters"] };
  for (const url of [
    `http://ann:secret@${http.host}:${http.port}`,
    `socks5://ann:secret@${socks.host}:${socks.port}`,
  ]) {
    expectReached(await reach(await through(url, {}, as)));
    const nobody = await through(url, {}, { ...as, "as-groups": ["a", "b"] });
    await expect(reach(nobody)).rejects.toThrow('User "jane" cannot');
    const wrong = await clusterId(await through(url.replace("secret", "wrong"), {}, as), signal).catch(
      (thrown: Error) => thrown.message,
    );
    expect(wrong).toContain("cannot reach the API server");
    const other = Buffer.from((await makeAuthority(folder, "Other Authority")).cert).toString("base64");
    for (const cluster of [{ "certificate-authority-data": other }, { "tls-server-name": "other.example.com" }])
      await expect(clusterId(await through(url, {}, as, cluster), signal)).rejects.toThrow("is not trusted");
  }
});

test("a proxy of an unknown scheme is one clear error", async () => {
  const refused = await through("ftp://proxy.example.com").catch((thrown: Error) => thrown.message);
  expect(refused).toContain("the proxy ftp://proxy.example.com cannot be used");
});
