/**
 * `docker`: building by BuildKit (`docker buildx build`) and by the classic builder. Pure functions make the command
 * lines, so that they can be tested without an engine.
 * Values of build args are not in a command line, because every user of the machine can read it: the client takes them
 * from its environment, or from a file on standard input where the environment variable of that name has another
 * meaning.
 */

import type { EnvDelta } from "../process/command.ts";
import type { Tool } from "../process/find.ts";
import { run } from "../process/run.ts";
import { client, type Program } from "./buildx-program.ts";
import { isClientVariable } from "./client-variables.ts";
import { bakeFile, bakeTarget, canBake, secretText } from "./docker-bake.ts";

export const buildxTool: Tool = {
  name: "docker buildx",
  binary: "docker",
  versionArgs: ["buildx", "version"],
  versionPattern: /(?:^|[ v])(\d+\.\d+(?:\.\d+)?)/m,
  // The first version with machine-readable progress.
  minimum: "0.13",
  install: "install the buildx plugin of the Docker client",
};

/** A build, for either builder. */
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
  /** Flags without build args. */
  readonly cliFlags?: readonly string[];
  /**
   * Named contexts of `cliFlags`, where this and the other fields hold everything that these flags say. Absent: the
   * flags say more.
   */
  readonly contexts?: Readonly<Record<string, string>> | undefined;
  readonly pull?: boolean;
  readonly noCache?: boolean;
  readonly squash?: boolean;
  readonly secrets?: readonly { readonly id: string; readonly src?: string; readonly env?: string }[];
  readonly ssh?: string;
  readonly platform?: string;
  readonly provenance?: boolean;
  /** The file that the client writes the image's id to. */
  readonly idFile: string;
}

/** The command of a client, with its environment and standard input. */
export interface BuildCall {
  readonly argv: readonly [string, ...string[]];
  readonly env: EnvDelta;
  readonly stdin?: string;
  /** The content of `ImageBuild.idFile`: the id alone, or the metadata of a bake. */
  readonly tells: "id" | "metadata";
  /** Args whose values stand in the command line because no other way works. */
  readonly open: readonly string[];
}

/** `docker buildx build`: the image is loaded into the engine, progress is JSON on standard error. */
export function buildxCall(build: ImageBuild, program: Program = client): BuildCall {
  const { env, rest } = splitArgs(build.buildArgs);
  if (rest.length === 0 || !canBake(build)) {
    const argv: BuildCall["argv"] = [
      ...program,
      "build",
      "--progress=rawjson",
      ...commonFlags(build),
      ...(build.provenance ? [] : ["--provenance=false"]),
      ...(build.secrets ?? []).flatMap((secret) => ["--secret", secretText(secret)]),
      ...flag("--ssh", build.ssh),
      "--load",
      build.context,
    ];
    return { argv, env, tells: "id", open: rest };
  }
  const given = Object.entries(build.buildArgs).flatMap(([name, value]) => {
    const known = value ?? process.env[name];
    return known === undefined ? [] : [[name, known]];
  });
  return {
    argv: [...program, "bake", "--progress=rawjson", "--metadata-file", build.idFile, "-f", "-", bakeTarget],
    // Lets the file name paths anywhere, as arguments may, and keeps provenance out of the metadata.
    env: { BUILDX_BAKE_ENTITLEMENTS_FS: "0", BUILDX_METADATA_PROVENANCE: "disabled" },
    stdin: bakeFile(build, Object.fromEntries(given)),
    tells: "metadata",
    open: [],
  };
}

/** `docker build` by the classic builder; the caller sets `DOCKER_BUILDKIT=0`. A failed step leaves no container. */
export function classicCall(build: ImageBuild): BuildCall {
  const { env, rest } = splitArgs(build.buildArgs);
  const flags = ["--force-rm", ...(build.squash ? ["--squash"] : [])];
  return { argv: ["docker", "build", ...flags, ...commonFlags(build), build.context], env, tells: "id", open: rest };
}

/** The build's command line for people, without the values of its args. */
export function typedArgv(build: ImageBuild): readonly [string, ...string[]] {
  const names = Object.fromEntries(Object.keys(build.buildArgs).map((name) => [name, null]));
  return buildxCall({ ...build, buildArgs: names }).argv;
}

/** Longer values do not fit into an environment. */
const mostInEnvironment = 100_000;

/** Args for the client's environment, and those that must not be in it. */
function splitArgs(args: ImageBuild["buildArgs"]): { env: Record<string, string>; rest: readonly string[] } {
  const env: Record<string, string> = {};
  const rest: string[] = [];
  for (const [name, value] of Object.entries(args)) {
    if (value === null) continue;
    if (isClientVariable(name) || Buffer.byteLength(value) > mostInEnvironment) rest.push(name);
    else env[name] = value;
  }
  return { env, rest };
}

function commonFlags(build: ImageBuild): string[] {
  const args = Object.entries(build.buildArgs).sort(([a], [b]) => (a < b ? -1 : 1));
  const { rest } = splitArgs(build.buildArgs);
  return [
    "--file",
    build.dockerfile,
    "--iidfile",
    build.idFile,
    ...build.tags.flatMap((tag) => ["--tag", tag]),
    ...args.flatMap(([name, value]) => ["--build-arg", rest.includes(name) ? `${name}=${value}` : name]),
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

/** Whether the engine has an image with this name or id. */
export async function hasImage(reference: string, signal: AbortSignal): Promise<boolean> {
  const finished = await run({ argv: ["docker", "image", "inspect", "--format", "{{.Id}}", reference] }, signal);
  if (finished.kind === "cancelled") throw signal.reason;
  return finished.kind === "exited" && finished.code === 0;
}

/**
 * Pulls an image from its registry into the engine.
 * @returns whether the registry has it
 */
export async function pullIntoEngine(reference: string, signal: AbortSignal): Promise<boolean> {
  const finished = await run({ argv: ["docker", "pull", "--quiet", reference] }, signal);
  if (finished.kind === "cancelled") throw signal.reason;
  return finished.kind === "exited" && finished.code === 0;
}
