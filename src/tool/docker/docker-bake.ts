/**
 * The same build as `docker buildx build` makes, told by a file on standard input (`docker buildx bake -f -`): for build
 * args that may stand neither in the command line, which every user of the machine can read, nor in the client's
 * environment.
 *
 * Decides what a file can tell in every version of the client that serves; for the rest there is no such file.
 */
import type { ImageBuild } from "./docker.ts";

/** The one target of the file. */
export const bakeTarget = "default";

/** Whether the file can tell everything that the build is told. */
export function canBake({
  addHost = [],
  cliFlags = [],
  contexts,
  network = "",
  squash,
  ssh = "",
}: ImageBuild): boolean {
  const all = cliFlags.length === 0 || contexts !== undefined;
  // The others need to be allowed by flags that not every version has.
  return all && addHost.length === 0 && !squash && ssh === "" && ["", "default", "none"].includes(network);
}

/** The file, as JSON. Args without a value are not in it: their value is the environment's. */
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

/** The image's id in what the client tells of a build: as `--iidfile` has it. @throws Error where it is not there */
export function bakedImageId(metadata: string): string {
  const told = (JSON.parse(metadata) as Record<string, Record<string, unknown> | undefined>)[bakeTarget];
  const id = told?.["containerimage.config.digest"] ?? told?.["containerimage.digest"];
  if (typeof id !== "string") throw new Error("the client does not tell the image's id");
  return id;
}

/** Texts of the file are templates; here each stands for itself. */
function plain(value: unknown): unknown {
  if (typeof value === "string") return value.replace(/[$%](?=\{)/g, (mark) => mark + mark);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
}
