/**
 * A registry by its own API: reads manifests by tag or digest and blobs by digest; without an engine, uploads blobs
 * that it lacks and then the manifest that names them.
 */
import { boundedBytes } from "../../std/bytes/bounded-body.ts";
import type { Clock } from "../../std/clock.ts";
import { sha256 } from "../../std/data/digest.ts";
import { TooLong } from "../../std/text/too-long.ts";
import type { Reference } from "../reference.ts";
import { noManifest, type RemoteManifest, readManifest } from "../registry-manifest.ts";
import type { LayerBlob } from "../source/image-source.ts";
import type { Credentials } from "./credentials.ts";
import { unreachableRegistry } from "./registry-connection.ts";
import { refusal, refusedBy, registryRequests } from "./registry-requests.ts";
import { uploadBlob } from "./registry-upload.ts";

export interface Registry {
  /** The parsed manifest of a tag or digest; undefined where there is none. */
  manifest(reference: Reference, signal: AbortSignal): Promise<RemoteManifest | undefined>;
  /** The digest of a tag or digest, by HEAD; undefined where there is none. */
  digest(reference: Reference, signal: AbortSignal): Promise<string | undefined>;
  /** The manifest's own bytes; undefined where there is none. */
  content(reference: Reference, signal: AbortSignal): Promise<RemoteContent | undefined>;
  hasBlob(reference: Reference, digest: string, signal: AbortSignal): Promise<boolean>;
  /**
   * A blob as a stream.
   * @throws Failure where the registry does not have it
   */
  blob(reference: Reference, digest: string, signal: AbortSignal): AsyncIterable<Uint8Array>;
  /**
   * Uploads a blob.
   * @throws Failure where the registry refuses, also because the content does not match the digest
   */
  upload(reference: Reference, blob: PushedBlob, signal: AbortSignal): Promise<void>;
  /**
   * Puts a manifest under the reference's tag.
   * @returns the digest by which the registry names it
   */
  putManifest(reference: Reference, content: Omit<RemoteContent, "digest">, signal: AbortSignal): Promise<string>;
}

export interface RemoteContent {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  readonly digest: string;
}

export type PushedBlob = Pick<LayerBlob, "digest" | "bytes" | "chunks">;

const manifestTypes = [
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
];
/** The limit of registries: a manifest has at most 4 MiB. */
const mostManifest = 4 << 20;
/** Time limit for the rest of a manifest whose head has come. */
const bodyMs = 60_000;
const mostCut = 3;

/**
 * @param insecure hosts that may use plain HTTP or any certificate; loopback always may
 * @param folders folders with authorities of registries; default: Docker's
 */
export function registryClient(
  credentials: Credentials,
  insecure: readonly string[],
  clock: Clock,
  folders?: readonly string[],
): Registry {
  const requests = registryRequests(credentials, insecure, clock, folders);
  const { send } = requests;
  const manifestRequest = async (r: Reference, method: "GET" | "HEAD", signal: AbortSignal) => {
    const path = `/v2/${r.repository}/manifests/${r.digest ?? r.tag ?? "latest"}`;
    const response = await send(r, path, { method, headers: { Accept: manifestTypes.join(", ") } }, signal);
    if (response.status === 404) return undefined;
    if (!response.ok) throw refusedBy(r, response.status, await refusal(response));
    return response;
  };

  /** The answer with its body, requested again where the body was cut. */
  const whole = async (reference: Reference, signal: AbortSignal) => {
    for (let attempt = 1; ; attempt++) {
      const response = await manifestRequest(reference, "GET", signal);
      if (response === undefined) return undefined;
      const limit = AbortSignal.timeout(bodyMs);
      try {
        const during = AbortSignal.any([signal, limit]);
        return { response, body: await boundedBytes(response, mostManifest, "the manifest", during) };
      } catch (thrown) {
        signal.throwIfAborted();
        if (thrown instanceof TooLong) throw noManifest(reference);
        const cause = limit.aborted ? new Error(`it stopped for ${bodyMs / 1000} s in a manifest`) : thrown;
        const failure = await unreachableRegistry(reference.registry, cause, signal);
        if (failure.diagnostics[0].passing !== true || attempt === mostCut) throw failure;
      }
    }
  };

  const received = async (reference: Reference, signal: AbortSignal) => {
    const answer = await whole(reference, signal);
    if (answer === undefined) return undefined;
    const { response, body } = answer;
    const { headers } = response;
    const manifest = readManifest(reference, body, headers.get("docker-content-digest"), headers.get("content-type"));
    return { manifest, body };
  };
  const read = async (reference: Reference, signal: AbortSignal) => (await received(reference, signal))?.manifest;

  return {
    manifest: read,
    async digest(reference, signal) {
      const response = await manifestRequest(reference, "HEAD", signal);
      if (response === undefined) return undefined;
      // Some registries do not name the digest in an answer without a body.
      return response.headers.get("docker-content-digest") ?? (await read(reference, signal))?.digest;
    },
    async hasBlob(reference, digest, signal) {
      const path = `/v2/${reference.repository}/blobs/${digest}`;
      const response = await send(reference, path, { method: "HEAD" }, signal);
      if (response.ok || response.status === 404) return response.ok;
      throw refusedBy(reference, response.status, "");
    },
    async content(reference, signal) {
      const found = await received(reference, signal);
      return found && { bytes: found.body, mediaType: found.manifest.mediaType, digest: found.manifest.digest };
    },
    async *blob(reference, digest, signal) {
      const path = `/v2/${reference.repository}/blobs/${digest}`;
      const response = await send(reference, path, { method: "GET" }, signal);
      if (!response.ok) throw refusedBy(reference, response.status, await refusal(response));
      try {
        yield* response.body ?? [];
      } catch (cause) {
        signal.throwIfAborted();
        throw await unreachableRegistry(reference.registry, cause, signal);
      }
    },
    upload: (reference, blob, signal) => uploadBlob(requests, reference, blob, signal),
    async putManifest(reference, { bytes, mediaType }, signal) {
      const path = `/v2/${reference.repository}/manifests/${reference.tag ?? "latest"}`;
      const request = { method: "PUT", headers: { "Content-Type": mediaType }, body: new Uint8Array(bytes) };
      const response = await send(reference, path, request, signal);
      if (!response.ok) throw refusedBy(reference, response.status, await refusal(response));
      return `sha256:${sha256(bytes)}`;
    },
  };
}
