/**
 * From a Docker artifact's spec to its inputs: reads Dockerfile and ignore file, makes the plan, and names every value
 * of the key. A Dockerfile that cannot be understood does not fail the build: the whole context counts then.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Diagnostic } from "../../diag/diagnostic.ts";
import { Failure } from "../../diag/failure.ts";
import type { JsonRecord } from "../../std/data/json.ts";
import type { Inspection } from "../builder.ts";
import { hostPlatform } from "../host-platform.ts";
import { withCliFlags } from "./cli-flags.ts";
import { nothingIgnored, readIgnoreRules } from "./context/ignore-patterns.ts";
import { filesOfContexts, namedImages } from "./context/named-contexts.ts";
import { type ContextFiles, sourcesOf } from "./context/sources.ts";
import { Unreadable } from "./context/unreadable.ts";
import { keyedArgs, plannedArgs, steersBuild } from "./dockerfile/args.ts";
import { readInstructions } from "./dockerfile/instructions.ts";
import type { BaseImage, Plan } from "./dockerfile/plan.ts";
import { readPlan } from "./dockerfile/read-plan.ts";
import type { DockerSpec } from "./spec.ts";

/** Raised whenever the meaning of a part below changes, so that old records do not match by accident. */
const keyFormat = 1;

export interface DockerInspection extends Pick<Inspection, "sources" | "bases" | "notices"> {
  readonly files: ContextFiles;
  /** The spec may differ from the inspected one in the values of its templates: a tag that is not known yet. */
  keyParts(spec: DockerSpec, seal: (value: string) => string): JsonRecord;
  /** Undefined where the Dockerfile could not be understood. */
  readonly plan: Plan | undefined;
}

/** @param baseImage config of a base image where it is known without asking a registry */
export async function inspectDocker(
  given: DockerSpec,
  baseImage: (name: string) => BaseImage | undefined = () => undefined,
): Promise<DockerInspection> {
  const spec = withCliFlags(given);
  const text = await readOptional(spec.dockerfile);
  const files = await contextFiles(spec);
  const named = await filesOfContexts(spec.contexts);
  const notices: Diagnostic[] = [...named.notices];
  let plan: Plan | undefined;
  try {
    const host = hostPlatform();
    plan = readPlan(readInstructions(text ?? ""), {
      buildArgs: plannedArgs(spec),
      platform: spec.platform ?? host,
      buildPlatform: host,
      baseImage,
      ...(spec.target === undefined ? {} : { target: spec.target }),
    });
  } catch (thrown) {
    if (!(thrown instanceof Unreadable)) throw thrown;
    if (text !== undefined) notices.push(wholeContext(spec, text, thrown));
  }
  const counted = (name: string) => plan === undefined || plan.args.has(name) || steersBuild(name);
  return {
    files,
    plan,
    notices,
    sources: await sourcesOf(files, plan, named),
    bases: { names: namedImages(plan?.images ?? namesFrom(text ?? ""), spec.contexts), pulled: spec.pull ?? false },
    keyParts: (told, seal) => keyParts(told, counted, seal),
  };
}

function keyParts(spec: DockerSpec, counted: (name: string) => boolean, seal: (value: string) => string): JsonRecord {
  const parts = {
    builder: spec.useBuildkit === false ? "docker-classic" : "docker",
    format: keyFormat,
    platform: spec.platform ?? hostPlatform(),
    target: spec.target,
    buildArgs: keyedArgs(spec, counted, seal),
    network: spec.network,
    addHost: spec.addHost,
    cliFlags: spec.cliFlags?.map(seal),
    pull: spec.pull,
    noCache: spec.noCache,
    squash: spec.squash,
    secrets: spec.secrets?.map((secret) => secret.id),
    ssh: spec.ssh,
    provenance: spec.provenance,
  };
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)) as JsonRecord;
}

/** The ignore file named after the Dockerfile, beside it, replaces the context's. Both are watched. */
async function contextFiles(spec: DockerSpec): Promise<ContextFiles> {
  const ignoreFiles = [`${spec.dockerfile}.dockerignore`, join(spec.context, ".dockerignore")];
  const own = await readOptional(ignoreFiles[0] ?? "");
  const text = own ?? (await readOptional(ignoreFiles[1] ?? ""));
  return {
    context: spec.context,
    dockerfile: spec.dockerfile,
    ignoreFiles,
    ignore: text === undefined ? nothingIgnored : readIgnoreRules(text),
  };
}

async function readOptional(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new Failure({
      severity: "error",
      message: `cannot read ${path}: ${cause instanceof Error ? cause.message : cause}`,
    });
  }
}

/** Base names of a Dockerfile that could not be understood, without those that contain variables. */
function namesFrom(text: string): string[] {
  const froms = [...text.matchAll(/^[ \t]*FROM[ \t]+(?:--\S+[ \t]+)*(\S+)(?:[ \t]+AS[ \t]+(\S+))?/gim)];
  const stages = new Set(froms.flatMap(([, , stage]) => stage?.toLowerCase() ?? []));
  const names = froms.map(([, name = ""]) => name).filter((name) => !/[$"']/.test(name) && name !== "scratch");
  return [...new Set(names.filter((name) => !stages.has(name.toLowerCase())))];
}

function wholeContext(spec: DockerSpec, text: string, { message, line }: Unreadable): Diagnostic {
  const source = text.split(/\r?\n/)[line - 1] ?? "";
  return {
    severity: "warning",
    message: `every file of the build context counts as an input, because the Dockerfile is not understood: ${message}`,
    at: { file: spec.dockerfile, line, column: 1, length: Math.max(1, source.length), text: source },
  };
}
