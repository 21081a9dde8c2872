/**
 * Images in the engine: inspect, list, name, remove, save, load and push. Thin and typed; destinations decide what to
 * do with an image.
 */
import { Failure } from "../../diag/failure.ts";
import { lines } from "../node/line.ts";
import { type ImageId, parseReference } from "../reference.ts";
import { accepted, bodyOf, call, type Engine, refusalText, refused, text, unreachableEngine } from "./engine.ts";
import { parseAnswer, parseMessage } from "./engine-json.ts";

/** The engine computes the sizes of all layers one by one. */
const sizedMs = 300_000;
/** With the last name the engine deletes the layers from the disk before it answers. */
const removalMs = 300_000;

export interface ImageConfig {
  readonly env: readonly string[];
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly workingDir: string;
  readonly user: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Such as `8080/tcp`. */
  readonly exposedPorts: readonly string[];
}

export interface ImageDetails {
  readonly id: ImageId;
  /** Every `name:tag` of the image, as the engine writes names. */
  readonly tags: readonly string[];
  /** Every `name@digest` under which it was pulled or pushed. */
  readonly digests: readonly string[];
  readonly os: string;
  readonly architecture: string;
  readonly size: number;
  readonly created: string;
  readonly config: ImageConfig;
  /** Digests of the unpacked layers, lowest first: `sha256:...`. */
  readonly diffIds: readonly string[];
}

export interface ImageSummary {
  readonly id: ImageId;
  readonly tags: readonly string[];
  /** Every `name@digest` it was pulled or pushed under. */
  readonly digests: readonly string[];
  readonly size: number;
  /** Bytes that no other image shares, where that was asked for. */
  readonly ownSize?: number;
  readonly labels: Readonly<Record<string, string>>;
}

interface RawImage {
  Id: ImageId;
  RepoTags?: string[] | null;
  RepoDigests?: string[] | null;
  Os: string;
  Architecture: string;
  Size: number;
  Created: string;
  Config?: {
    Env?: string[] | null;
    Entrypoint?: string[] | null;
    Cmd?: string[] | null;
    WorkingDir?: string;
    User?: string;
    Labels?: Record<string, string> | null;
    ExposedPorts?: Record<string, unknown> | null;
  } | null;
  RootFS?: { Layers?: string[] | null } | null;
}

/** The engine's details of the image with this name or id; undefined where it has none. */
export async function inspectImage(
  engine: Engine,
  name: string,
  signal: AbortSignal,
): Promise<ImageDetails | undefined> {
  const response = await engine.request(`/images/${name}/json`, {}, signal);
  const body = await bodyOf(engine, response, signal);
  if (response.status === 404) return undefined;
  if (!response.ok) throw refused(`inspect the image ${name}`, refusalText(body, response.status));
  const raw = parseAnswer<RawImage>(body);
  const config = raw.Config ?? {};
  return {
    id: raw.Id,
    tags: raw.RepoTags ?? [],
    digests: raw.RepoDigests ?? [],
    os: raw.Os,
    architecture: raw.Architecture,
    size: raw.Size,
    created: raw.Created,
    config: {
      env: config.Env ?? [],
      entrypoint: config.Entrypoint ?? [],
      cmd: config.Cmd ?? [],
      workingDir: config.WorkingDir ?? "",
      user: config.User ?? "",
      labels: config.Labels ?? {},
      exposedPorts: Object.keys(config.ExposedPorts ?? {}),
    },
    diffIds: raw.RootFS?.Layers ?? [],
  };
}

/** A step that changes only an image's description, as either builder writes it. */
const describing =
  /^(?:\/bin\/sh -c #\(nop\) +)?(?:ARG|CMD|ENTRYPOINT|ENV|EXPOSE|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|SHELL|STOPSIGNAL|USER|VOLUME)\b/;

/**
 * Unpacked bytes of every layer by diff id, lowest first; undefined where the image's history cannot be matched with
 * its layers, because a step with an empty layer may have none.
 */
export async function layerSizes(
  engine: Engine,
  image: ImageDetails,
  signal: AbortSignal,
): Promise<readonly number[] | undefined> {
  const doing = `tell the history of ${image.id}`;
  type Step = { Size: number; CreatedBy: string };
  const history = await call<Step[]>(engine, `/images/${image.id}/history`, {}, doing, signal);
  const filled = history.filter(({ Size }) => Size > 0);
  const made = history.filter(({ Size, CreatedBy }) => Size > 0 || !describing.test(CreatedBy));
  const layers = [filled, made].find(({ length }) => length === image.diffIds.length);
  return layers?.map(({ Size }) => Size).reverse();
}

/**
 * Images by the engine's own filters, such as `{ reference: ["acme/*"] }`; without filters all of them.
 * @param sized also computes how much of each image no other one shares, which takes the engine long
 */
export async function listImages(
  engine: Engine,
  filters: Readonly<Record<string, readonly string[]>>,
  signal: AbortSignal,
  sized = false,
): Promise<ImageSummary[]> {
  type Raw = {
    Id: ImageId;
    RepoTags?: string[] | null;
    RepoDigests?: string[] | null;
    Size: number;
    SharedSize?: number;
    Labels?: Record<string, string> | null;
  };
  const query = { filters: JSON.stringify(filters), ...(sized ? { "shared-size": "1" } : {}) };
  const request = { query, ...(sized ? { answerMs: sizedMs } : {}) };
  const all = await call<Raw[]>(engine, "/images/json", request, "list its images", signal);
  return all.map((i) => ({
    id: i.Id,
    tags: (i.RepoTags ?? []).filter((tag) => tag !== "<none>:<none>"),
    digests: (i.RepoDigests ?? []).filter((digest) => digest !== "<none>@<none>"),
    size: i.Size,
    ...(sized && i.SharedSize !== undefined && i.SharedSize >= 0 ? { ownSize: i.Size - i.SharedSize } : {}),
    labels: i.Labels ?? {},
  }));
}

/** Gives an image another name; a name that another image has is moved. */
export async function tagImage(engine: Engine, image: string, name: string, signal: AbortSignal): Promise<void> {
  const { written, tag } = parseReference(name);
  const query = { repo: written, tag: tag ?? "latest" };
  const request = { method: "POST", query, repeatable: true } as const;
  await text(engine, `/images/${image}/tag`, request, `tag ${image} as ${name}`, signal);
}

/**
 * Removes a name. The image is removed with its last name unless a container uses it; images that it was made from
 * stay. False where the name did not exist.
 */
export async function untagImage(engine: Engine, name: string, signal: AbortSignal): Promise<boolean> {
  const request = { method: "DELETE", query: { noprune: "1" }, answerMs: removalMs } as const;
  const response = await engine.request(`/images/${name}`, request, signal);
  const body = await bodyOf(engine, response, signal);
  if (response.status === 404) return false;
  if (!response.ok) throw refused(`remove the image name ${name}`, refusalText(body, response.status));
  return true;
}

/**
 * The image as a tar archive with every layer, under the given names. Reading it throws a Failure when the engine ends
 * it early; cancelling the stream makes the engine stop.
 */
export async function saveImages(
  engine: Engine,
  names: readonly string[],
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array>> {
  const query = new URLSearchParams(names.map((name): [string, string] => ["names", name]));
  const response = await accepted(
    engine,
    `/images/get?${query}`,
    { answerMs: 0 },
    `export ${names.join(", ")}`,
    signal,
  );
  if (response.body === null) throw refused(`export ${names.join(", ")}`, "the answer was empty");
  return response.body;
}

/**
 * Loads an archive in the form of `saveImages`.
 * @returns the engine's messages about what it loaded, one line each
 */
export async function loadImages(
  engine: Engine,
  archive: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): Promise<string[]> {
  const headers = { "Content-Type": "application/x-tar" };
  const request = { method: "POST", query: { quiet: "1" }, headers, body: archive, answerMs: 0 } as const;
  const response = await accepted(engine, "/images/load", request, "load an image archive", signal);
  const said: string[] = [];
  for await (const line of lines(body(response))) {
    const message = parseMessage<{ stream?: string; error?: string }>(line);
    if (message.error) throw refused("load an image archive", message.error);
    if (message.stream) said.push(message.stream.trim());
  }
  return said;
}

/** One message of a push. `Retrying` in `status` means that the target failed and the engine waits. */
export interface PushMessage {
  readonly status?: string;
  readonly id?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
  readonly error?: string;
  readonly aux?: { readonly Tag?: string; readonly Digest?: string; readonly Size?: number };
}

/** Credentials in the engine's form for one request; an empty object where the registry needs none. */
export type EngineAuth = {
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
  readonly registrytoken?: string;
  readonly serveraddress?: string;
};

/**
 * Pushes a tagged image, and yields every message of the engine. The caller decides which message is the end; ending
 * the iteration cancels the push.
 */
export async function* pushImage(
  engine: Engine,
  name: string,
  auth: EngineAuth,
  signal: AbortSignal,
): AsyncGenerator<PushMessage> {
  const { written, tag } = parseReference(name);
  const headers = { "X-Registry-Auth": authHeader(auth) };
  const request = { method: "POST", query: { tag: tag ?? "latest" }, headers, answerMs: 0 } as const;
  const response = await accepted(engine, `/images/${written}/push`, request, `push ${name}`, signal);
  try {
    for await (const line of lines(body(response))) yield parseMessage<PushMessage>(line);
  } catch (thrown) {
    if (signal.aborted) throw signal.reason;
    throw thrown instanceof Failure ? thrown : unreachableEngine(engine.endpoint, thrown);
  }
}

function body(response: Response): ReadableStream<Uint8Array> {
  return response.body ?? new Blob([]).stream();
}

/** The URL-safe alphabet *with* padding: without it the engine silently takes the header for empty. */
function authHeader(auth: EngineAuth): string {
  const text = Buffer.from(JSON.stringify(auth)).toString("base64");
  return text.replaceAll("+", "-").replaceAll("/", "_");
}
