/**
 * `docker`: building by BuildKit (`docker buildx build`) and by the classic builder.
 * Command lines are made by pure functions, so that they can be read and tested without an engine.
 */
import { client, type Program } from "./buildx-program.ts";
import type { Tool } from "./find.ts";
import { run } from "./run.ts";

export const buildxTool: Tool = {
  name: "docker buildx",
  binary: "docker",
  versionArgs: ["buildx", "version"],
  versionPattern: /(?:^|[ v])(\d+\.\d+(?:\.\d+)?)/m,
  // The first with machine-readable progress.
  minimum: "0.13",
  install: "install the buildx plugin of the Docker client",
};

/** What `docker build` is told, whichever builder does it. */
export interface ImageBuild {
  /** Absolute. */
  readonly context: string;
  readonly dockerfile: string;
  readonly tags: readonly string[];
  /** null: the value is taken from the environment of the client. */
  readonly buildArgs: Readonly<Record<string, string | null>>;
  readonly target?: string;
  readonly network?: string;
  readonly addHost?: readonly string[];
  readonly cacheFrom?: readonly string[];
  readonly cliFlags?: readonly string[];
  readonly pull?: boolean;
  readonly noCache?: boolean;
  readonly squash?: boolean;
  readonly secrets?: readonly { readonly id: string; readonly src?: string; readonly env?: string }[];
  readonly ssh?: string;
  readonly platform?: string;
  readonly provenance?: boolean;
  /** File that the image's id is written to. */
  readonly idFile: string;
}

/** `docker buildx build`, the image loaded into the engine, progress as JSON on standard error. */
export function buildxArgv(build: ImageBuild, program: Program = client): readonly [string, ...string[]] {
  return [
    ...program,
    "build",
    "--progress=rawjson",
    ...commonFlags(build),
    ...(build.provenance ? [] : ["--provenance=false"]),
    ...(build.secrets ?? []).flatMap((secret) => ["--secret", secretFlag(secret)]),
    ...flag("--ssh", build.ssh),
    "--load",
    build.context,
  ];
}

/** `docker build` by the classic builder; the caller sets `DOCKER_BUILDKIT=0`. A failed step leaves no container. */
export function classicArgv(build: ImageBuild): readonly [string, ...string[]] {
  const flags = ["--force-rm", ...(build.squash ? ["--squash"] : [])];
  return ["docker", "build", ...flags, ...commonFlags(build), build.context];
}

function commonFlags(build: ImageBuild): string[] {
  const args = Object.entries(build.buildArgs).sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    "--file",
    build.dockerfile,
    "--iidfile",
    build.idFile,
    ...build.tags.flatMap((tag) => ["--tag", tag]),
    ...args.flatMap(([name, value]) => ["--build-arg", value === null ? name : `${name}=${value}`]),
    ...(build.addHost ?? []).flatMap((host) => ["--add-host", host]),
    ...(build.cacheFrom ?? []).flatMap((source) => ["--cache-from", source]),
    ...(build.cliFlags ?? []),
    ...flag("--target", build.target),
    ...flag("--network", build.network),
    ...(build.noCache ? ["--no-cache"] : []),
    ...(build.pull ? ["--pull"] : []),
    ...flag("--platform", build.platform),
  ];
}

function flag(name: string, value: string | undefined): string[] {
  return value === undefined || value === "" ? [] : [name, value];
}

function secretFlag({ id, src, env }: { id: string; src?: string; env?: string }): string {
  return [`id=${id}`, ...(src ? [`src=${src}`] : []), ...(env ? [`env=${env}`] : [])].join(",");
}

/** Whether the engine has an image under this name or id. */
export async function hasImage(reference: string, signal: AbortSignal): Promise<boolean> {
  const finished = await run({ argv: ["docker", "image", "inspect", "--format", "{{.Id}}", reference] }, signal);
  if (finished.kind === "cancelled") throw signal.reason;
  return finished.kind === "exited" && finished.code === 0;
}
