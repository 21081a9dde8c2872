/**
 * One request to a registry or to its token service: scheme, trust, a time limit until the answer's head, and the
 * message for a server that cannot be reached. A reset is reported as passing, so that the caller may ask again.
 */
import { Failure } from "../../diag/failure.ts";
import { sharedBy } from "../../std/async/shared.ts";
import { isCertificateRefusal, issuerOf, refusalOfCertificate } from "../../std/tls-trust.ts";
import { isLoopback, pastProxy } from "../../std/url-host.ts";
import { certificateFolders, registryTrust } from "./registry-trust.ts";

export interface RegistryConnection {
  /** Whether plain HTTP and any certificate are accepted: for loopback, and for hosts that are named insecure. */
  isLax(host: string): boolean;
  /** @throws Failure where it cannot be reached or trusted; the signal's reason */
  send(host: string, path: string, init: RequestInit, signal: AbortSignal): Promise<Response>;
  /** Sends to the token service at an address, for a registry. Throws as `send`. */
  sendTo(url: string, registry: string, init: RequestInit, signal: AbortSignal): Promise<Response>;
}

/** Time limit for the head of an answer; only the signal limits a body. */
const headMs = 15_000;
const resets = new Set(["ECONNRESET", "ConnectionClosed", "EPIPE"]);

export function registryConnection(
  insecure: readonly string[],
  folders: readonly string[] = certificateFolders(process.env),
): RegistryConnection {
  const schemes = new Map<string, "https" | "http">();
  const trusts = sharedBy((host) => registryTrust(host, folders));
  const isLax = (host: string) => isLoopback(nameOf(host)) || insecure.includes(host);
  const trustOf = (host: string) => trusts(host).get();
  const one = async (url: string, tls: object, init: RequestInit, signal: AbortSignal): Promise<Response> => {
    const tooLate = new AbortController();
    // A streamed body has a limit of its own, on lack of progress.
    const timer = setTimeout(() => init.body instanceof ReadableStream || tooLate.abort(), headMs);
    try {
      return await fetch(url, {
        ...init,
        ...pastProxy(url),
        tls,
        signal: AbortSignal.any([signal, tooLate.signal]),
      } as BunFetchRequestInit);
    } catch (thrown) {
      signal.throwIfAborted();
      if (tooLate.signal.aborted) throw new Error(`it did not answer within ${headMs / 1000} s`);
      throw thrown;
    } finally {
      clearTimeout(timer);
    }
  };
  return {
    isLax,
    async send(host, path, init, signal) {
      const lax = isLax(host);
      const known = schemes.get(host);
      const order = known ? [known] : lax ? (["https", "http"] as const) : (["https"] as const);
      const tls = lax ? { rejectUnauthorized: false } : await trustOf(host);
      let cause: unknown;
      for (const scheme of order) {
        try {
          const response = await one(`${scheme}://${apiHost(host)}${path}`, tls, init, signal);
          schemes.set(host, scheme);
          return response;
        } catch (thrown) {
          signal.throwIfAborted();
          cause = thrown;
        }
      }
      schemes.delete(host);
      throw await unreachableRegistry(host, cause, signal);
    },
    async sendTo(url, registry, init, signal) {
      const { host } = new URL(url);
      const own = isLax(registry) ? { rejectUnauthorized: false } : await trustOf(host);
      return one(url, own, init, signal);
    },
  };
}

function nameOf(host: string): string {
  return host.replace(/:\d+$/, "").replace(/^\[|\]$/g, "");
}

function apiHost(registry: string): string {
  return registry === "docker.io" ? "registry-1.docker.io" : registry;
}

/** Whether a connection was closed during a request, so that another try may succeed. */
export function isReset(cause: unknown): boolean {
  return resets.has((cause as { code?: string } | undefined)?.code ?? "");
}

/** The failure of a registry that gave no answer. A reset is `passing`. */
export async function unreachableRegistry(host: string, cause: unknown, signal: AbortSignal): Promise<Failure> {
  const words = cause instanceof Error ? cause.message : String(cause);
  const why = words.replace(/\.? ?Is the computer able to access the url\?$/i, "") || String(cause);
  if (isCertificateRefusal(cause)) {
    const port = Number(/:(\d+)$/.exec(host)?.[1] ?? 443);
    const issuer = await issuerOf({ hostname: nameOf(apiHost(host)), port }, signal);
    return new Failure({
      severity: "error",
      message: `the registry ${host} is not trusted: ${refusalOfCertificate(cause)}${issuer === undefined ? "" : ` (its certificate was issued by ${issuer})`}`,
      suggestion: `install that authority on this machine, or put it at /etc/docker/certs.d/${host}/ca.crt`,
    });
  }
  return new Failure({
    severity: "error",
    message: `cannot reach the registry ${host}: ${why}`,
    suggestion: "check the name and the network, or name another registry with --default-repo",
    ...(isReset(cause) ? { passing: true } : {}),
  });
}
