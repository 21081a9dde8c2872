/**
 * Image references: `[registry/]repository[:tag][@digest]`, parsed by the grammar of registries and daemons.
 * Decides what a valid name is and which full name a short one stands for (Docker Hub's rules: no registry means
 * `docker.io`, one path component there means `library/`). A text outside the grammar is refused, never repaired.
 */
import { Failure } from "../diag/failure.ts";

/** An image's id in daemons and nodes: `sha256:` and 64 lower-case hex digits. */
export type ImageId = `sha256:${string}`;

/** Whether a text is an image's id, and not the text in place of an image that is not built yet. */
export function isImageId(text: string): text is ImageId {
  return text.startsWith("sha256:");
}

export interface Reference {
  /** Host with optional port, always present: `docker.io`, `reg.local:5000`. */
  readonly registry: string;
  /** Path in the registry, always in full: `library/nginx`. */
  readonly repository: string;
  readonly tag?: string;
  /** Such as `sha256:...`. */
  readonly digest?: string;
  /** Registry and path exactly as written, without tag and digest: `nginx`, `acme/web`. */
  readonly written: string;
}

const hubRegistry = "docker.io";
const hostPart = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
const host = `(?:${hostPart}(?:\\.${hostPart})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const component = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const tagText = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}";
const digestText = "[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}";

const registryPattern = new RegExp(`^${host}$`);
const pathPattern = new RegExp(`^${component}(?:/${component})*$`);
const tagPattern = new RegExp(`^${tagText}$`);
const digestPattern = new RegExp(`^${digestText}$`);
const digestLengths: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128 };

/** Parses a reference, or returns a sentence that says what is wrong. Never throws. */
export function readReference(text: string): Reference | string {
  const at = text.indexOf("@");
  const digest = at < 0 ? undefined : text.slice(at + 1);
  const named = at < 0 ? text : text.slice(0, at);
  if (digest !== undefined && !isDigest(digest)) return `the digest ${JSON.stringify(digest)} is not valid`;

  const colon = named.indexOf(":", named.lastIndexOf("/") + 1);
  const tag = colon < 0 ? undefined : named.slice(colon + 1);
  const written = colon < 0 ? named : named.slice(0, colon);
  if (tag !== undefined && !tagPattern.test(tag)) return `the tag ${JSON.stringify(tag)} is not valid`;
  if (/^[a-f0-9]{64}$/.test(written)) return "64 hex digits alone are an image id, not a name";

  const { registry, repository } = splitName(written);
  if (!registryPattern.test(registry)) return `the registry ${JSON.stringify(registry)} is not valid`;
  if (repository !== repository.toLowerCase()) return "the repository must be lower-case";
  if (!pathPattern.test(repository)) return `the repository ${JSON.stringify(repository)} is not valid`;
  if (repository.length > 255) return "the repository is longer than 255 characters";
  return {
    registry,
    repository,
    written,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/**
 * Parses a reference.
 * @throws Failure naming the text and what is wrong with it
 */
export function parseReference(text: string): Reference {
  const read = readReference(text);
  if (typeof read !== "string") return read;
  throw new Failure({ severity: "error", message: `${JSON.stringify(text)} is not an image reference: ${read}` });
}

export function isDigest(text: string): boolean {
  if (!digestPattern.test(text)) return false;
  const [algorithm = "", hex = ""] = text.split(":");
  const length = digestLengths[algorithm];
  return length === undefined || (hex.length === length && hex === hex.toLowerCase());
}

/** The reference with every part written out, the form of node runtimes: `docker.io/library/nginx:latest`. */
export function fullName(reference: Reference | string): string {
  const r = typeof reference === "string" ? parseReference(reference) : reference;
  const tag = r.tag ?? (r.digest === undefined ? "latest" : undefined);
  return `${r.registry}/${r.repository}${tag === undefined ? "" : `:${tag}`}${r.digest === undefined ? "" : `@${r.digest}`}`;
}

/** The shortest text for the same image, the form of daemons: `nginx:1.27`. Adds no tag. */
export function shortName(reference: Reference): string {
  const path =
    reference.registry === hubRegistry ? reference.repository.replace(/^library\/(?=[^/]+$)/, "") : undefined;
  const name = path ?? `${reference.registry}/${reference.repository}`;
  const tag = reference.tag === undefined ? "" : `:${reference.tag}`;
  return `${name}${tag}${reference.digest === undefined ? "" : `@${reference.digest}`}`;
}

/**
 * The reference in manifests for an image that was never pushed: the repository as the user wrote it, with the image's
 * id as its tag, so that an unchanged image never changes an object and a changed one always does.
 */
export function contentReference(repository: string, id: ImageId): string {
  return `${parseReference(repository).written}:${id.replace("sha256:", "")}`;
}

/** The reference in manifests for a pushed image: the tag for readers, the digest for the cluster. */
export function pushedReference(tagged: string, digest: string): string {
  const { written, tag } = parseReference(tagged);
  return `${written}${tag === undefined ? "" : `:${tag}`}@${digest}`;
}

/** The first component is a registry only where it looks like a host: a dot, a port, `localhost`, or upper case. */
function splitName(name: string): { registry: string; repository: string } {
  const slash = name.indexOf("/");
  const first = name.slice(0, Math.max(0, slash));
  const isHost = slash > 0 && (/[.:]/.test(first) || first === "localhost" || first !== first.toLowerCase());
  if (slash === 0) return { registry: hubRegistry, repository: name };
  const registry = isHost ? first : hubRegistry;
  const path = isHost ? name.slice(slash + 1) : name;
  if (registry !== hubRegistry && registry !== "index.docker.io") return { registry, repository: path };
  return { registry: hubRegistry, repository: path.includes("/") ? path : `library/${path}` };
}
