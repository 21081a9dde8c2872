/** A real registry on this machine, from Debian's package, on a free port; its content goes with the disposal. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "./eventually.ts";

const root = join(import.meta.dir, "../..");

export interface TestRegistry extends AsyncDisposable {
  /** `localhost:PORT`. */
  readonly host: string;
  /** Digest behind a tag, asked over HTTP: an oracle beside our own client. */
  digest(repository: string, tag: string): Promise<string | undefined>;
}

/** How it is guarded; nothing: plain HTTP on loopback for everybody. */
export interface RegistryOptions {
  /** An address of this machine. */
  readonly address?: string;
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
  /** One user with a password, or tokens of a service whose authority is in a file. */
  readonly auth?:
    | { readonly user: string; readonly password: string }
    | {
        readonly realm: string;
        readonly issuer: string;
        readonly service: string;
        readonly bundle: string;
      };
}

export async function startRegistry({ address = "127.0.0.1", tls, auth }: RegistryOptions = {}): Promise<TestRegistry> {
  const taken = Bun.spawnSync([
    "bash",
    join(root, "scripts/kubernetes/debian"),
    "program",
    "docker-registry",
    "docker-registry",
  ]);
  if (taken.exitCode !== 0) throw new Error(`no registry: ${taken.stderr}`);
  const folder = await mkdtemp(join(tmpdir(), "devloop-registry-"));
  const port = await freePort();
  const config = `version: 0.1
log: {level: error, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: ${folder}/data}}
http:
  addr: "${address}:${port}"
${tls ? `  tls: {certificate: ${tls.certFile}, key: ${tls.keyFile}}\n` : ""}${await authText(auth, folder)}`;
  await writeFile(join(folder, "config.yml"), config);
  const child = Bun.spawn([taken.stdout.toString().trim(), "serve", join(folder, "config.yml")], {
    stdout: "ignore",
    stderr: "ignore",
  });
  const host = `${address === "127.0.0.1" ? "localhost" : address}:${port}`;
  const url = `${tls ? "https" : "http"}://${host}/v2/`;
  const ask = () => fetch(url, { tls: { rejectUnauthorized: false } } as BunFetchRequestInit);
  await eventually("the registry", async () => ([200, 401].includes((await ask()).status) ? true : undefined));
  return {
    host,
    async digest(repository, tag) {
      const accept = "application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json";
      const answer = await fetch(`http://${host}/v2/${repository}/manifests/${tag}`, {
        method: "HEAD",
        headers: { accept },
      });
      return answer.ok ? (answer.headers.get("docker-content-digest") ?? undefined) : undefined;
    },
    async [Symbol.asyncDispose]() {
      child.kill();
      await child.exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function authText(auth: RegistryOptions["auth"], folder: string): Promise<string> {
  if (auth === undefined) return "";
  if ("realm" in auth) {
    const { realm, issuer, service, bundle } = auth;
    return `auth: {token: {realm: "${realm}", issuer: "${issuer}", service: "${service}", rootcertbundle: ${bundle}}}\n`;
  }
  const hash = await Bun.password.hash(auth.password, { algorithm: "bcrypt", cost: 4 });
  await writeFile(join(folder, "htpasswd"), `${auth.user}:${hash}\n`);
  return `auth: {htpasswd: {realm: test, path: ${folder}/htpasswd}}\n`;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
