/** Real proxies from Debian's packages, each on a free port of loopback: HTTP, HTTP behind TLS, and SOCKS5. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer as createPlain } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createSecure } from "node:tls";
import { eventually } from "./eventually.ts";

export interface TestProxy extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
}

/** `user` is asked for a password `secret`. */
export async function httpProxy(user: string): Promise<TestProxy> {
  const folder = await mkdtemp(join(tmpdir(), "devloop-tinyproxy-"));
  const port = await freePort();
  const config = `Port ${port}\nListen 127.0.0.1\nMaxClients 50\nLogLevel Error\nBasicAuth ${user} secret\n`;
  await writeFile(join(folder, "tinyproxy.conf"), config);
  const program = installed("tinyproxy", "tinyproxy-bin");
  return running([program, "-d", "-c", join(folder, "tinyproxy.conf")], port, folder);
}

export async function socksProxy(user: string): Promise<TestProxy> {
  const port = await freePort();
  const program = installed("microsocks", "microsocks");
  return running([program, "-i", "127.0.0.1", "-p", String(port), "-u", user, "-P", "secret"], port);
}

/** TLS before another proxy. */
export async function secureProxy(
  behind: TestProxy,
  tls: { readonly cert: string; readonly key: string },
): Promise<TestProxy> {
  const server = createSecure(tls, (client) => {
    const far = connect(behind.port, behind.host);
    for (const [one, other] of [
      [client, far],
      [far, client],
    ] as const) {
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
      one.pipe(other);
    }
  });
  const port = await new Promise<number>((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
  });
  return {
    host: "localhost",
    port,
    async [Symbol.asyncDispose]() {
      server.close();
      await behind[Symbol.asyncDispose]();
    },
  };
}

function installed(program: string, pkg: string): string {
  const found = Bun.which(program);
  if (found === null) throw new Error(`${program} is not here: apt-get install ${pkg}`);
  return found;
}

async function running(argv: string[], port: number, folder?: string): Promise<TestProxy> {
  const child = Bun.spawn(argv, { stdout: "ignore", stderr: "ignore" });
  await eventually(argv[0] ?? "", () => accepts(port));
  return {
    host: "127.0.0.1",
    port,
    async [Symbol.asyncDispose]() {
      child.kill();
      await child.exited;
      if (folder) await rm(folder, { recursive: true });
    },
  };
}

function accepts(port: number): Promise<true | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(undefined));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createPlain();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
