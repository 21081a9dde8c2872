/**
 * Parses a registry's answers: manifests and refusals. Pure; the texts may be anything.
 * Decides the digest of a manifest: the requested one or the one that the registry names, where the content matches it.
 * Other content, and content that is no manifest, is refused.
 */
import { Failure } from "../diag/failure.ts";
import { isJsonRecord, type Json, recordIn } from "../std/data/json.ts";
import { isDigest, type Reference } from "./reference.ts";

export interface RemoteManifest {
  readonly digest: string;
  readonly mediaType: string;
  /** For an image manifest: the digest of its config. */
  readonly config?: string;
  /** For an index: the digests of its manifests. */
  readonly manifests?: readonly string[];
}

/** How many characters of a refusal are shown. */
const mostSaid = 1000;

/**
 * @param named the digest that the registry names, where it does
 * @param type the registry's content type, for a manifest without a type of its own
 * @throws Failure for an answer that is no manifest, and for one whose digest does not match
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

/** The registry's own message in the text of a refusal; empty where it has none. */
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

/** The digest in a descriptor. */
function digestOf(descriptor: Json | undefined): string | undefined {
  const digest = isJsonRecord(descriptor) ? descriptor.digest : undefined;
  return typeof digest === "string" && isDigest(digest) ? digest : undefined;
}
