/**
 * The build of `docker buildx build`, described by a file on standard input (`docker buildx bake -f -`): for build args
 * that may stand neither in the command line, which every user of the machine can read, nor in the client's
 * environment.
 * Decides whether a build can be described in a way that every supported version of the client reads; otherwise there
 * is no file.
 */
import type { ImageBuild } from "./docker.ts";

/** The only target of the file. */
export const bakeTarget = "default";

/** Whether the file can describe the whole build. */
export function canBake({
  addHost = [],
  cliFlags = [],
  contexts,
  network = "",
  squash,
  ssh = "",
}: ImageBuild): boolean {
  const all = cliFlags.length === 0 || contexts !== undefined;
  // Other values must be allowed by flags that older versions lack.
  return all && addHost.length === 0 && !squash && ssh === "" && ["", "default", "none"].includes(network);
}

/** The file, as JSON. Args without a value are left out: their value comes from the environment. */
export function bakeFile(build: ImageBuild, args: Readonly<Record<string, string>>): string {
  const secrets = (build.secrets ?? []).map(secretText);
  const target = {
    context: build.context,
    dockerfile: build.dockerfile,
    args,
    tags: build.tags,
    ...(build.contexts && { contexts: build.contexts }),
    ...(build.target && { target: build.target }),
    ...(build.platform && { platforms: [build.platform] }),
    ...(build.network && { network: build.network }),
    ...(build.cacheFrom?.length && { "cache-from": build.cacheFrom }),
    ...(secrets.length > 0 && { secret: secrets }),
    ...(build.noCache && { "no-cache": true }),
    ...(build.pull && { pull: true }),
    ...(build.provenance ? {} : { attest: ["type=provenance,disabled=true"] }),
    output: ["type=docker"],
  };
  return JSON.stringify({ target: { [bakeTarget]: plain(target) } });
}

export function secretText({ id, src, env }: { id: string; src?: string; env?: string }): string {
  return [`id=${id}`, ...(src ? [`src=${src}`] : []), ...(env ? [`env=${env}`] : [])].join(",");
}

/**
 * The image's id, from the metadata file of a bake; the same id that `--iidfile` has.
 * @throws Error where it is missing
 */
export function bakedImageId(metadata: string): string {
  const told = (JSON.parse(metadata) as Record<string, Record<string, unknown> | undefined>)[bakeTarget];
  const id = told?.["containerimage.config.digest"] ?? told?.["containerimage.digest"];
  if (typeof id !== "string") throw new Error("the client does not tell the image's id");
  return id;
}

/** Escapes texts, because bake expands templates in the file. */
function plain(value: unknown): unknown {
  if (typeof value === "string") return value.replace(/[$%](?=\{)/g, (mark) => mark + mark);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
}
