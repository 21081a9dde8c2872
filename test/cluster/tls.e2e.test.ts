import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, connect as dial } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Unreachable } from "../../src/cluster/connect/api-error.ts";
import { connect } from "../../src/cluster/connect/connect.ts";
import { clusterId } from "../../src/cluster/connect/identity.ts";
import { context, kubeconfig } from "../rig/cluster.ts";
import { type KubeProxy, startKubeProxy } from "../rig/kube-proxy.ts";

const signal = new AbortController().signal;
let proxy: KubeProxy;
let folder = "";
beforeAll(async () => {
  proxy = await startKubeProxy({ kubeconfig, context });
  folder = await mkdtemp(join(tmpdir(), "devloop-tls-"));
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

interface Raw {
  clusters: [{ cluster: Record<string, unknown> & { server: string } }];
}

/** The proxied kubeconfig with other fields of its cluster; `undefined` takes one away. */
async function identityWith(change: (server: string) => Record<string, unknown>, env: Record<string, string> = {}) {
  const config = (await Bun.file(proxy.kubeconfig).json()) as Raw;
  const { cluster } = config.clusters[0];
  Object.assign(cluster, change(cluster.server));
  const file = join(folder, "config");
  await writeFile(file, JSON.stringify(config));
  return clusterId(await connect({ kubeconfig: file, env }), signal);
}

async function refused(change: (server: string) => Record<string, unknown>): Promise<Unreachable> {
  const thrown = await identityWith(change).catch((error) => error);
  expect(thrown).toBeInstanceOf(Unreachable);
  return thrown as Unreachable;
}

const strange = { "certificate-authority-data": undefined };
const named = (name: string) => () => ({ "tls-server-name": name });

test("a server is trusted by its authority and name, or not at all unless told so", async () => {
  const id = await identityWith(() => ({}));
  expect(await identityWith((server) => ({ server: server.replace("127.0.0.1", "localhost") }))).toBe(id);
  expect(await identityWith(named("localhost"))).toBe(id);
  expect((await refused(() => strange)).message).toContain("is not trusted");
  expect((await refused(named("other.example.com"))).silence).toBe("certificate");
  expect(await identityWith(() => ({ ...strange, "insecure-skip-tls-verify": true }))).toBe(id);
  expect((await refused(() => strange)).silence).toBe("certificate");
});

test("proxy-url is obeyed, and the environment's proxy is not for this machine", async () => {
  const asked: string[] = [];
  const tunnel = createServer((client) => {
    client.once("data", (head) => {
      const target = /^CONNECT ([\d.]+):(\d+)/.exec(head.toString());
      asked.push(target?.[0] ?? head.toString());
      const server = dial(Number(target?.[2]), target?.[1] ?? "");
      server.once("connect", () => {
        client.write("HTTP/1.1 200 OK\r\n\r\n");
        client.pipe(server).pipe(client);
      });
      for (const socket of [client, server]) socket.on("error", () => socket.destroy());
    });
  });
  await new Promise<void>((done) => tunnel.listen(0, "127.0.0.1", done));
  const url = `http://127.0.0.1:${(tunnel.address() as { port: number }).port}`;
  const id = await identityWith(() => ({}), { HTTPS_PROXY: url });
  expect(asked).toEqual([]);
  expect(await identityWith(() => ({ "proxy-url": url }))).toBe(id);
  expect(asked).toHaveLength(1);
  tunnel.close();
});
