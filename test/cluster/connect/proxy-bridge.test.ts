/** The way through a proxy behind TLS: how it is asked, what its refusals become, and that nothing of it is left behind. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { connect, createServer, type Server, type Socket } from "node:net";
import { createServer as createSecure } from "node:tls";
import { makeAuthority } from "../../rig/authority.ts";
import { eventually } from "../../rig/eventually.ts";
import { type TempFolder, tempFolder } from "../../rig/temp-folder.ts";

let folder: TempFolder;
let bridges: Bridges;
let tls: { readonly cert: string; readonly key: string };
beforeAll(async () => {
  folder = await tempFolder();
  const authority = await makeAuthority(folder.path);
  tls = await authority.issue("proxy", ["127.0.0.1", "localhost"]);
  const ca = `${folder.path}/ca.pem`;
  bridges = await startBridges(ca);
});
afterAll(async () => {
  await bridges[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

interface Bridges extends AsyncDisposable {
  /** The bridge's address for a proxy. */
  to(proxy: string): Promise<string>;
}

/** The authorities of a process are read once: bridges that trust the test's own run in a process of their own. */
async function startBridges(ca: string): Promise<Bridges> {
  const source = `
    import { openBridge } from ${JSON.stringify(new URL("../../../src/cluster/connect/proxy-bridge.ts", import.meta.url).pathname)};
    for await (const line of console) console.log(await openBridge(line));
  `;
  const child = Bun.spawn([process.execPath, "-e", source], {
    env: { ...process.env, NODE_EXTRA_CA_CERTS: ca },
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  const reader = child.stdout.getReader();
  return {
    async to(proxy) {
      child.stdin.write(`${proxy}\n`);
      child.stdin.flush();
      return new TextDecoder().decode((await reader.read()).value).trim();
    },
    async [Symbol.asyncDispose]() {
      child.kill();
      await child.exited;
    },
  };
}

/** A proxy of one answer to CONNECT; undefined: it closes without one, "nothing": it never answers. */
async function proxy(answer: string | undefined) {
  const open = new Set<Socket>();
  const asked: string[] = [];
  const server: Server = createSecure(tls, (socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket)).on("error", () => socket.destroy());
    socket.once("data", (data) => {
      asked.push(data.toString());
      if (answer === undefined) socket.end();
      else if (answer !== "nothing") socket.write(answer);
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as { port: number };
  return {
    port,
    asked,
    open,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}

/** Asks the bridge for a connection, and gives the client with what it is answered. */
async function through(bridge: string): Promise<{ readonly client: Socket; readonly answer: Promise<string> }> {
  const { hostname, port, username, password } = new URL(bridge);
  const client = connect(Number(port), hostname);
  client.on("error", () => undefined);
  const answer = new Promise<string>((resolve) => client.once("data", (data) => resolve(data.toString())));
  const login = Buffer.from(`${username}:${password}`).toString("base64");
  client.write(`CONNECT api.example:6443 HTTP/1.1\r\nProxy-Authorization: Basic ${login}\r\n\r\n`);
  return { client, answer };
}

const connected = "HTTP/1.1 200 Connection established\r\n\r\n";

test.each(["localhost", "127.0.0.1"])("a proxy at %s is asked by TLS, with its own login", async (host) => {
  await using far = await proxy(connected);
  const { client, answer } = await through(await bridges.to(`https://ann:s%20ecret@${host}:${far.port}`));
  expect(await answer).toBe(connected);
  expect(far.asked[0]).toContain("CONNECT api.example:6443 HTTP/1.1\r\n");
  expect(far.asked[0]).toContain(`Proxy-Authorization: Basic ${Buffer.from("ann:s ecret").toString("base64")}\r\n`);
  client.destroy();
  await eventually("the way to the proxy is closed", () => (far.open.size === 0 ? true : undefined));
});

test.each([
  [undefined, "the proxy closed the connection"],
  ["HTTP/1.1 403 Forbidden\r\n\r\n", "the proxy said: HTTP/1.1 403 Forbidden"],
  [`HTTP/1.1 200 ${"x".repeat(20_000)}`, "the proxy's answer is too long"],
])("a proxy that answers %j: %s", async (said, words) => {
  await using far = await proxy(said);
  const { answer } = await through(await bridges.to(`https://localhost:${far.port}`));
  expect((await answer).split("\r\n")[0]).toBe(`HTTP/1.1 502 ${words}`);
  await eventually("the way to the proxy is closed", () => (far.open.size === 0 ? true : undefined));
});

test("a client that goes away while the proxy is asked leaves no way to it", async () => {
  const silent = Promise.withResolvers<void>();
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    // SOCKS: no login, and the connection once the client is gone.
    open.add(socket);
    socket.on("close", () => open.delete(socket)).on("error", () => socket.destroy());
    socket.once("data", () => {
      socket.write(Buffer.of(5, 0));
      socket.once("data", async () => {
        await silent.promise;
        socket.write(Buffer.of(5, 0, 0, 1, 127, 0, 0, 1, 0, 1));
      });
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as { port: number };
  const { client } = await through(await bridges.to(`socks5://127.0.0.1:${port}`));
  await eventually("the proxy is asked", () => (open.size > 0 ? true : undefined));
  client.destroy();
  await new Promise((done) => client.once("close", done));
  silent.resolve();
  await eventually("the way to the proxy is closed", () => (open.size === 0 ? true : undefined));
  server.close();
});
