/**
 * `docker`: building by BuildKit (`docker buildx build`) and by the classic builder.
 * Command lines are made by pure functions, so that they can be read and tested without an engine.
 *
 * Values of build args are not in a command line, because every user of the machine can read it: the client takes them
 * from its environment, or from a file on standard input where its environment would mean something else by the name.
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
  /** Without build args. */
  readonly cliFlags?: readonly string[];
  /**
   * Named contexts of `cliFlags`, where everything that these flags say is in this and the other fields. Absent: they say
   * more than that.
   */
  readonly contexts?: Readonly<Record<string, string>> | undefined;
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

/** A client to be started, and what it is given beside its arguments. */
export interface BuildCall {
  readonly argv: readonly [string, ...string[]];
  readonly env: EnvDelta;
  readonly stdin?: string;
  /** What `ImageBuild.idFile` will hold: the id alone, or what a bake tells of the build. */
  readonly tells: "id" | "metadata";
  /** Args whose values stand in the command line because nothing else serves. */
  readonly open: readonly string[];
}

/** `docker buildx build`, the image loaded into the engine, progress as JSON on standard error. */
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
    // A file may name paths anywhere, as arguments may; and no metadata but the image's is wanted.
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

/** The build as people would type it, without the values of its args. */
export function typedArgv(build: ImageBuild): readonly [string, ...string[]] {
  const names = Object.fromEntries(Object.keys(build.buildArgs).map((name) => [name, null]));
  return buildxCall({ ...build, buildArgs: names }).argv;
}

/** Longer values fit into no environment. */
const mostInEnvironment = 100_000;

/** Args for the client's environment, and the names of those that must not be in it. */
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

/** Whether the engine has an image under this name or id. */
export async function hasImage(reference: string, signal: AbortSignal): Promise<boolean> {
  const finished = await run({ argv: ["docker", "image", "inspect", "--format", "{{.Id}}", reference] }, signal);
  if (finished.kind === "cancelled") throw signal.reason;
  return finished.kind === "exited" && finished.code === 0;
}

/** Brings an image from its registry into the engine. @returns whether the registry has it */
export async function pullIntoEngine(reference: string, signal: AbortSignal): Promise<boolean> {
  const finished = await run({ argv: ["docker", "pull", "--quiet", reference] }, signal);
  if (finished.kind === "cancelled") throw signal.reason;
  return finished.kind === "exited" && finished.code === 0;
}
