/**
 * The address of the Docker engine, found by the rules of the `docker` client but without starting a process:
 * `DOCKER_HOST`, else the context of `DOCKER_CONTEXT` or `config.json`, else the default socket.
 * Missing contexts and unknown schemes are refused, because another engine would build and deliver into the wrong
 * place.
 */
import { homedir } from "node:os";
import { join } from "node:path";
import { Failure } from "../../diag/failure.ts";
import { sha256 } from "../../std/data/digest.ts";
import { bareHost, inUrl } from "../../std/url-host.ts";

export interface EngineTls {
  /** PEM texts. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly verify: boolean;
}

export type EngineEndpoint =
  | {
      readonly kind: "unix";
      readonly path: string;
      readonly from: string;
      /** Set where the engine is on another machine, reached over a bridge. */
      readonly remote?: Remote;
    }
  | {
      readonly kind: "tcp";
      /** A name or an address; an IPv6 address without brackets. */
      readonly host: string;
      readonly port: number;
      readonly tls?: EngineTls;
      readonly from: string;
    };

export interface Remote {
  /** The address in the form of `DOCKER_HOST`. */
  readonly url: string;
  readonly host: string;
  /** The last error message of the bridge. */
  words(): string | undefined;
}

/** An engine that only the Docker client itself can reach. */
export interface SshEndpoint {
  readonly kind: "ssh";
  readonly url: string;
  readonly host: string;
  readonly from: string;
}

const usualSocket = "/var/run/docker.sock";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The address in the form of `DOCKER_HOST`. */
export function endpointUrl(endpoint: EngineEndpoint): string {
  if (endpoint.kind === "tcp") return `tcp://${inUrl(endpoint.host)}:${endpoint.port}`;
  return endpoint.remote?.url ?? `unix://${endpoint.path}`;
}

/**
 * The engine's endpoint by the client's own rules. Reads files only.
 * @throws Failure where it cannot be used
 */
export async function engineEndpoint(env: Environment): Promise<EngineEndpoint | SshEndpoint> {
  const directory = dockerDirectory(env);
  if (env.DOCKER_HOST) return parseHost(env.DOCKER_HOST, "DOCKER_HOST", await tlsOfEnvironment(env, directory));
  const context = env.DOCKER_CONTEXT || (await currentContext(directory));
  if (context === undefined || context === "default")
    return { kind: "unix", path: usualSocket, from: "the default socket" };
  return endpointOfContext(context, directory);
}

/** Directory of `config.json`, contexts and certificates. */
export function dockerDirectory(env: Environment): string {
  return env.DOCKER_CONFIG || join(env.HOME || homedir(), ".docker");
}

async function currentContext(directory: string): Promise<string | undefined> {
  const file = Bun.file(join(directory, "config.json"));
  if (!(await file.exists())) return undefined;
  const config: unknown = await file.json().catch(() => ({}));
  const name = typeof config === "object" && config !== null && "currentContext" in config ? config.currentContext : "";
  return typeof name === "string" && name !== "" ? name : undefined;
}

async function endpointOfContext(context: string, directory: string): Promise<EngineEndpoint | SshEndpoint> {
  const id = sha256<"context">(context);
  const file = join(directory, "contexts/meta", id, "meta.json");
  const meta = (await Bun.file(file)
    .json()
    .catch(() => undefined)) as
    | { Endpoints?: { docker?: { Host?: unknown; SkipTLSVerify?: unknown } | null } | null }
    | null
    | undefined;
  const docker = meta?.Endpoints?.docker;
  if (typeof docker?.Host !== "string" || docker.Host === "")
    throw new Failure({
      severity: "error",
      message: `the Docker context ${JSON.stringify(context)} has no engine endpoint in ${file}`,
      suggestion: "choose another with `docker context use`, or set DOCKER_HOST",
    });
  const tls = await tlsOfFiles(join(directory, "contexts/tls", id, "docker"), docker.SkipTLSVerify !== true);
  return parseHost(docker.Host, `the Docker context ${JSON.stringify(context)}`, tls);
}

async function tlsOfEnvironment(env: Environment, directory: string): Promise<EngineTls | undefined> {
  if (!env.DOCKER_TLS_VERIFY && !env.DOCKER_TLS) return undefined;
  const verify = Boolean(env.DOCKER_TLS_VERIFY);
  return (await tlsOfFiles(env.DOCKER_CERT_PATH || directory, verify)) ?? { verify };
}

async function tlsOfFiles(directory: string, verify: boolean): Promise<EngineTls | undefined> {
  const read = (name: string) =>
    Bun.file(join(directory, name))
      .text()
      .catch(() => undefined);
  const [ca, cert, key] = await Promise.all([read("ca.pem"), read("cert.pem"), read("key.pem")]);
  if (ca === undefined && cert === undefined) return undefined;
  return { verify, ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

function parseHost(host: string, from: string, tls: EngineTls | undefined): EngineEndpoint | SshEndpoint {
  if (host.startsWith("unix://")) return { kind: "unix", path: host.slice("unix://".length) || usualSocket, from };
  const over = /^ssh:\/\/(?:[^@/]*@)?(\[[^\]]+\]|[^:/]+)/.exec(host);
  if (over) return { kind: "ssh", url: host, host: bareHost(over[1] ?? ""), from };
  // A login in the address is left out, and an address without a scheme is of TCP, as in Docker's client.
  const url = /^(?:(tcp|http|https):\/\/)?(?:[^@/]*@)?(\[[^\]]+\]|[^:/@]+)(?::(\d+))?(?:\/|$)/.exec(host);
  if (!url)
    throw new Failure({
      severity: "error",
      message: `cannot use the Docker engine at ${host.replace(/\/\/[^@/]*@/, "//")} (from ${from}): only unix://, tcp:// and ssh:// endpoints can be spoken to`,
      suggestion: "forward the engine's socket to this machine and set DOCKER_HOST=unix://...",
    });
  const secure = tls ?? (url[1] === "https" ? { verify: true } : undefined);
  const port = url[3] ? Number(url[3]) : secure ? 2376 : 2375;
  return { kind: "tcp", host: bareHost(url[2] ?? ""), port, from, ...(secure && { tls: secure }) };
}
