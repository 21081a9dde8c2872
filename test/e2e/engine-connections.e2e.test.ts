/**
 * The real engine by every way that the Docker client knows: a port of an IPv6 address, TLS by a context with an
 * authority and a client certificate of its own, and ssh. For ssh the real client is used, with a program in ssh's place
 * that runs the command which it is given for the other host here: what goes over the connection is the real protocol.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { info, version } from "../../src/image/engine/engine.ts";
import { openExec } from "../../src/image/engine/engine-exec.ts";
import { listImages } from "../../src/image/engine/engine-image.ts";
import { openEngine } from "../../src/image/open-engine.ts";
import { sha256 } from "../../src/std/data/digest.ts";
import { living } from "../../src/tool/process/children.ts";
import { makeAuthority } from "../rig/authority.ts";
import { devloop } from "../rig/devloop.ts";
import { eventually } from "../rig/eventually.ts";
import { testEngine, testTarget } from "../rig/kind-node.ts";
import { projectRun } from "../rig/project-run.ts";

const signal = AbortSignal.timeout(240_000);
let folder: string;
let node: string;
let real: { readonly path: string };
const servers: Server[] = [];
const sockets = new Set<Socket>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "devloop-connections-"));
  const engine = await testEngine();
  if (engine.endpoint.kind !== "unix") throw new Error("the test's engine is not on a socket");
  real = { path: engine.endpoint.path };
  node = (await testTarget(engine)).nodes[0]?.container ?? "";
});
afterAll(async () => {
  for (const server of servers) server.close();
  for (const socket of sockets) socket.destroy();
  await rm(folder, { recursive: true, force: true });
});

/** Passes everything on to the engine's socket. */
function relay(client: Socket): void {
  const engine = connect({ path: real.path, allowHalfOpen: true });
  for (const socket of [client, engine]) {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
  }
  client.pipe(engine);
  engine.pipe(client);
}

async function listening(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "::1", resolve));
  return (server.address() as AddressInfo).port;
}

/** Settings of the Docker client that lead to the engine in one of the ways. */
const ways: readonly [string, () => Promise<Readonly<Record<string, string>>>][] = [
  [
    "a port of an IPv6 address",
    async () => ({ DOCKER_HOST: `tcp://[::1]:${await listening(createServer({ allowHalfOpen: true }, relay))}` }),
  ],
  [
    "TLS, by a context with its own authority and a client's certificate",
    async () => {
      const authority = await makeAuthority(await mkdtemp(join(folder, "ca-")));
      const server = await authority.issue("engine", ["::1"]);
      const client = await authority.issue("client", []).catch(() => authority.issue("client", ["localhost"]));
      const options = {
        cert: server.cert,
        key: server.key,
        ca: authority.cert,
        requestCert: true,
        rejectUnauthorized: true,
      };
      const port = await listening(createTlsServer({ ...options, allowHalfOpen: true }, relay));
      const config = await mkdtemp(join(folder, "config-"));
      const id = sha256("private");
      const meta = { Name: "private", Endpoints: { docker: { Host: `tcp://[::1]:${port}`, SkipTLSVerify: false } } };
      await Bun.write(join(config, "contexts/meta", id, "meta.json"), JSON.stringify(meta));
      for (const [name, text] of [
        ["ca.pem", authority.cert],
        ["cert.pem", client.cert],
        ["key.pem", client.key],
      ] as const)
        await Bun.write(join(config, "contexts/tls", id, "docker", name), text);
      return { DOCKER_HOST: "", DOCKER_CONFIG: config, DOCKER_CONTEXT: "private" };
    },
  ],
  [
    "ssh",
    async () => {
      const bin = await mkdtemp(join(folder, "bin-"));
      // What ssh is given for the other host: everything from `docker` on.
      const script = `#!/bin/sh\nwhile [ "$1" != docker ]; do shift; done\nexport DOCKER_HOST=unix://${real.path}\nexec "$@"\n`;
      await Bun.write(join(bin, "ssh"), script);
      await chmod(join(bin, "ssh"), 0o755);
      return { DOCKER_HOST: "ssh://me@builder.example.com", PATH: `${bin}:${process.env.PATH}` };
    },
  ],
];

describe.each(ways)("by %s", (_, way) => {
  test("the engine answers, and a command in a container has its input, its end of input and its output", async () => {
    const env = { ...process.env, ...(await way()) };
    await using engine = await openEngine(env);
    const local = await testEngine();
    expect(await version(engine, signal)).toEqual(await version(local, signal));
    expect((await info(engine, signal)).id).toBe((await info(local, signal)).id);
    expect((await listImages(engine, {}, signal)).length).toBeGreaterThan(0);
    let said = "";
    const cat = await openExec(
      engine,
      node,
      ["cat"],
      (_stream, data) => {
        said += Buffer.from(data).toString();
      },
      signal,
    );
    const text = "x".repeat(1 << 20);
    await cat.write(text);
    cat.endInput();
    await cat.closed;
    expect(said.length).toBe(text.length);
    expect(await eventually("its exit code", () => cat.exitCode(signal))).toBe(0);
  });

  test("a project is built, delivered to the nodes and served", async () => {
    await using it = await projectRun("connections");
    const env = { ...it.env, ...(await way()) };
    const { code, text } = await devloop(["run"], { cwd: it.sample.directory, env });
    expect(`${code} ${text}`).toStartWith("0 ");
    expect(await it.served("web", "version.txt")).toBe("one\n");
  });
});

test("an engine over ssh that cannot be reached is told in ssh's words, and nothing is left running", async () => {
  const bin = await mkdtemp(join(folder, "bin-"));
  await Bun.write(join(bin, "ssh"), "#!/bin/sh\necho 'me@builder: Permission denied (publickey).' >&2\nexit 255\n");
  await chmod(join(bin, "ssh"), 0o755);
  const env = { ...process.env, DOCKER_HOST: "ssh://me@builder", PATH: `${bin}:${process.env.PATH}` };
  const before = living().length;
  {
    await using engine = await openEngine(env);
    await expect(version(engine, signal)).rejects.toThrow(
      /^cannot reach the Docker engine at ssh:\/\/me@builder \(from DOCKER_HOST\): .*Permission denied/,
    );
  }
  await eventually("every client has ended", () => living().length === before || undefined);
});

test("on an engine without BuildKit the classic builder is used where the configuration leaves it open", async () => {
  const bin = await mkdtemp(join(folder, "bin-"));
  const docker = Bun.which("docker");
  // What the client says on Podman's socket, where it would run BuildKit in a container.
  const words = "ERROR: no such image: docker.io/moby/buildkit:buildx-stable-1: image not known";
  const script = `#!/bin/sh\nif [ "$1 $2" = "buildx build" ]; then echo '${words}' >&2; exit 1; fi\nexec ${docker} "$@"\n`;
  await Bun.write(join(bin, "docker"), script);
  await chmod(join(bin, "docker"), 0o755);
  await using it = await projectRun("classic");
  const env = { ...it.env, PATH: `${bin}:${process.env.PATH}` };
  const build = () => devloop(["build"], { cwd: it.sample.directory, env });
  await it.sample.edit("skaffold.yaml", "    useBuildkit: true\n", "");
  const open = await build();
  expect(`${open.code} ${open.text}`).toStartWith("0 ");
  expect(open.text).toContain("the engine has no BuildKit, so the classic builder is used");
  expect(open.text).toContain("Successfully built ");
  await it.sample.edit("skaffold.yaml", "    push: false\n", "    push: false\n    useBuildkit: true\n");
  await it.sample.write("web/version.txt", "two\n");
  const said = await build();
  expect(said.code).toBe(1);
  expect(said.text).toContain("moby/buildkit:buildx-stable-1");
});
