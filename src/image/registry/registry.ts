/**
 * What a registry has, asked by its own API: manifests by tag or digest, blobs by digest. Nothing is written here:
 * pushing is the engine's work.
 *
 * Asks again on 429 and 5xx with growing pauses; everything else that goes wrong ends in one clear line.
 */
import { Failure } from "../../diag/failure.ts";
import { boundedBytes, startOfText } from "../../std/bytes/bounded-body.ts";
import type { Clock } from "../../std/clock.ts";
import { TooLong } from "../../std/text/too-long.ts";
import type { Reference } from "../reference.ts";
import { noManifest, type RemoteManifest, readManifest, refusalWords } from "../registry-manifest.ts";
import type { Credentials } from "./credentials.ts";
import { answer, denied, readChallenge } from "./registry-auth.ts";
import { registryConnection, unreachableRegistry } from "./registry-connection.ts";

export interface Registry {
  /** The manifest behind a tag or digest, read; undefined where there is none. */
  manifest(reference: Reference, signal: AbortSignal): Promise<RemoteManifest | undefined>;
  /** The digest behind a tag or digest, by HEAD; undefined where there is none. */
  digest(reference: Reference, signal: AbortSignal): Promise<string | undefined>;
  hasBlob(reference: Reference, digest: string, signal: AbortSignal): Promise<boolean>;
}

const manifestTypes = [
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
];
/** What registries are made for: a manifest has at most 4 MiB. */
const mostManifest = 4 << 20;
const mostWords = 64 << 10;
const tries = 5;
const firstPauseMs = 200;
const longestPauseMs = 10_000;

/**
 * @param insecure hosts that may speak plain HTTP or show any certificate; loopback always may
 * @param folders where authorities of registries are kept; default: where Docker keeps them
 */
export function registryClient(
  credentials: Credentials,
  insecure: readonly string[],
  clock: Clock,
  folders?: readonly string[],
): Registry {
  const connection = registryConnection(insecure, folders);
  const tokens = new Map<string, string>();

  const authorised = async (r: Reference, path: string, init: RequestInit, signal: AbortSignal): Promise<Response> => {
    const scope = `${r.registry}/${r.repository}`;
    const send = () => {
      const token = tokens.get(scope);
      const headers = { ...(init.headers as Record<string, string>), ...(token ? { Authorization: token } : {}) };
      return connection.send(r.registry, path, { ...init, headers }, signal);
    };
    const first = await send();
    if (first.status !== 401) return first;
    const challenge = readChallenge(first.headers.get("www-authenticate"));
    if (challenge === undefined) throw denied(r.registry, "it does not say how to log in");
    tokens.set(scope, await answer(challenge, r.registry, await credentials(r.registry, signal), connection, signal));
    const second = await send();
    if (second.status !== 401 && second.status !== 403) return second;
    tokens.delete(scope);
    throw denied(r.registry, `the credentials kept for it do not open ${r.repository}`);
  };

  const send = async (r: Reference, path: string, init: RequestInit, signal: AbortSignal): Promise<Response> => {
    for (let attempt = 1; ; attempt++) {
      const response = await authorised(r, path, init, signal).catch((thrown: unknown) => {
        const passing = thrown instanceof Failure && thrown.diagnostics.some((each) => each.passing);
        if (!passing || attempt === tries) throw thrown;
        return undefined;
      });
      const busy = response === undefined || response.status === 429 || response.status >= 500;
      if (!busy) return response;
      if (response !== undefined && attempt === tries) throw refusedBy(r, response.status, `after ${tries} tries`);
      await clock.sleep(pause(attempt, response?.headers.get("retry-after") ?? null), signal);
    }
  };

  const manifestRequest = async (r: Reference, method: "GET" | "HEAD", signal: AbortSignal) => {
    const path = `/v2/${r.repository}/manifests/${r.digest ?? r.tag ?? "latest"}`;
    const response = await send(r, path, { method, headers: { Accept: manifestTypes.join(", ") } }, signal);
    if (response.status === 404) return undefined;
    if (!response.ok) throw refusedBy(r, response.status, await words(response));
    return response;
  };

  const read = async (reference: Reference, signal: AbortSignal): Promise<RemoteManifest | undefined> => {
    const response = await manifestRequest(reference, "GET", signal);
    if (response === undefined) return undefined;
    const body = await boundedBytes(response, mostManifest, "the manifest").catch(async (cause: unknown) => {
      signal.throwIfAborted();
      if (cause instanceof TooLong) throw noManifest(reference);
      throw await unreachableRegistry(reference.registry, cause, signal);
    });
    const { headers } = response;
    return readManifest(reference, body, headers.get("docker-content-digest"), headers.get("content-type"));
  };

  return {
    manifest: read,
    async digest(reference, signal) {
      const response = await manifestRequest(reference, "HEAD", signal);
      if (response === undefined) return undefined;
      // Not every registry names the digest in an answer without a body.
      return response.headers.get("docker-content-digest") ?? (await read(reference, signal))?.digest;
    },
    async hasBlob(reference, digest, signal) {
      const path = `/v2/${reference.repository}/blobs/${digest}`;
      const response = await send(reference, path, { method: "HEAD" }, signal);
      if (response.ok || response.status === 404) return response.ok;
      throw refusedBy(reference, response.status, "");
    },
  };
}

/** A server may say how long to wait, in seconds; it is believed up to a limit. */
function pause(attempt: number, retryAfter: string | null): number {
  const asked = Number(retryAfter) * 1000;
  const wanted = asked > 0 ? asked : firstPauseMs * 2 ** (attempt - 1);
  return Math.min(wanted, longestPauseMs);
}

async function words(response: Response): Promise<string> {
  const text = await startOfText(response, mostWords).catch(() => "");
  return refusalWords(text);
}

function refusedBy(r: Reference, status: number, why: string): Failure {
  const message = `the registry ${r.registry} answered ${status} for ${r.repository}${why === "" ? "" : `: ${why}`}`;
  if (status === 401 || status === 403) return denied(r.registry, `${r.repository}: ${why || `status ${status}`}`);
  const mayPass = status === 429 || status >= 500;
  return new Failure({ severity: "error", message, ...(mayPass ? { passing: true } : {}) });
}
