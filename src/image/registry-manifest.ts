/**
 * What a registry answers with: a manifest, or a refusal. Pure reading of texts that may be anything.
 *
 * Decides by which digest a manifest goes: the one that it was asked by or that the registry names, where the content has
 * it. Refuses other content, and what is no manifest.
 */
import { Failure } from "../diag/failure.ts";
import { isJsonRecord, type Json, type JsonRecord } from "../std/data/json.ts";
import { isDigest, type Reference } from "./reference.ts";

export interface RemoteManifest {
  readonly digest: string;
  readonly mediaType: string;
  /** Of an image manifest: the digest of its config. */
  readonly config?: string;
  /** Of an index: the digests of its manifests. */
  readonly manifests?: readonly string[];
}

/** Characters of a refusal that are shown. */
const mostSaid = 1000;

/**
 * @param named what the registry says the content's digest is, where it says so
 * @param type what the registry says the content is, for a manifest that does not say it itself
 * @throws Failure for an answer that is no manifest, and for one whose digest is not the one that it goes by
 */
export function readManifest(
  reference: Reference,
  body: Uint8Array,
  named: string | null,
  type: string | null,
): RemoteManifest {
  const wanted = reference.digest ?? (named !== null && isDigest(named) ? named : undefined);
  const digest = digestBy(wanted?.startsWith("sha512:") ? "sha512" : "sha256", body);
  if (wanted !== undefined && wanted !== digest)
    throw new Failure({
      severity: "error",
      message: `the registry ${reference.registry} answered with other content than ${wanted} for ${reference.repository}`,
    });
  const manifest = recordIn(Buffer.from(body).toString("utf8"));
  if (manifest === undefined) throw noManifest(reference);
  const config = digestOf(manifest.config);
  const manifests = Array.isArray(manifest.manifests) ? manifest.manifests.map(digestOf) : undefined;
  return {
    digest,
    mediaType: typeof manifest.mediaType === "string" ? manifest.mediaType : (type ?? ""),
    ...(config !== undefined && { config }),
    ...(manifests && { manifests: manifests.filter((one) => one !== undefined) }),
  };
}

/** The registry's own words from the text of a refusal; empty where it has none. */
export function refusalWords(text: string): string {
  const errors = recordIn(text)?.errors;
  const [first] = Array.isArray(errors) ? errors : [];
  const said = isJsonRecord(first) ? first.message || first.code : "";
  return typeof said === "string" ? said.slice(0, mostSaid) : "";
}

export function noManifest({ registry, repository }: Reference): Failure {
  const message = `the registry ${registry} answered with something that is no manifest for ${repository}`;
  return new Failure({ severity: "error", message });
}

function digestBy(algorithm: "sha256" | "sha512", body: Uint8Array): string {
  return `${algorithm}:${new Bun.CryptoHasher(algorithm).update(body).digest("hex")}`;
}

/** The JSON object that a text is; undefined where it is none. */
function recordIn(text: string): JsonRecord | undefined {
  try {
    const value = JSON.parse(text) as Json;
    return isJsonRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Of a descriptor. */
function digestOf(descriptor: Json | undefined): string | undefined {
  const digest = isJsonRecord(descriptor) ? descriptor.digest : undefined;
  return typeof digest === "string" && isDigest(digest) ? digest : undefined;
}
