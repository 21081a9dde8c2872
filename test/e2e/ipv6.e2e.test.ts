/** A whole session against an API server at an IPv6 address, with a port forwarded to one: requests, watches, exec, logs and tunnels. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { YAML } from "bun";
import { testCluster } from "../rig/cluster.ts";
import { DevloopProcess } from "../rig/devloop.ts";
import { eventually } from "../rig/eventually.ts";
import { projectRun } from "../rig/project-run.ts";

interface Kubeconfig {
  readonly clusters: readonly { readonly cluster: { server: string; "tls-server-name"?: string } }[];
}

let folder: string;
let kubeconfig: string;
let server: Server;
const sockets = new Set<Socket>();

/** The kubeconfig leads to `[::1]`, from where everything is passed on to the real server. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "devloop-ipv6-"));
  kubeconfig = join(folder, "config");
  const config = YAML.parse(await Bun.file(testCluster.kubeconfig).text()) as Kubeconfig;
  const [entry] = config.clusters;
  if (entry === undefined) throw new Error("the kubeconfig has no cluster");
  const real = new URL(entry.cluster.server);
  server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ host: real.hostname, port: Number(real.port), allowHalfOpen: true });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
      socket.on("error", () => socket.destroy());
    }
    client.pipe(upstream);
    upstream.pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, "::1", resolve));
  entry.cluster.server = `https://[::1]:${(server.address() as AddressInfo).port}`;
  // The certificate is the real address's.
  entry.cluster["tls-server-name"] = real.hostname;
  await writeFile(kubeconfig, JSON.stringify(config));
});
afterAll(async () => {
  server.close();
  for (const socket of sockets) socket.destroy();
  await rm(folder, { recursive: true, force: true });
});

test("a session is built, deployed, synced, logged and forwarded", async () => {
  await using it = await projectRun("ipv6");
  const config = await Bun.file(it.sample.path("skaffold.yaml")).text();
  const forward =
    "portForward:\n- {resourceType: service, resourceName: web, port: 80, localPort: 18080, address: '::1'}\n";
  await it.sample.write("skaffold.yaml", `${config}${forward}`);
  const env = { ...it.env, KUBECONFIG: kubeconfig };
  await using session = new DevloopProcess(["dev", "--port-forward"], { cwd: it.sample.directory, env });
  const said = await session.line(/Port forwarding service\/web .* -> http:\/\/\[::1\]:\d+$/);
  await session.line(/Watching for changes/);
  const base = said.slice(said.indexOf("http://"));
  const page = () => fetch(`${base}/site/page.html`).then((response) => response.text());
  await eventually("the first page", async () => ((await page()) === "<p>first</p>\n" ? true : undefined));
  await it.sample.write("web/site/page.html", "<p>second</p>\n");
  await session.line(/^Synced /);
  expect(await page()).toBe("<p>second</p>\n");
  await session.line(/^\[web\] .*response:200$/);
  session.interrupt();
  expect(await session.exit()).toBe(0);
});
