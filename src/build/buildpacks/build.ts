/**
 * Runs `pack build` (arguments of pack 0.36) into the engine. The image is built under the tag `latest`, because pack
 * finds its caches and the layers of the previous image by that name; the requested references are added to it.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure } from "../../diag/failure.ts";
import type { Event } from "../../event/event.ts";
import { endpointUrl } from "../../image/engine/endpoint.ts";
import { inspectImage, tagImage } from "../../image/engine/engine-image.ts";
import { parseReference } from "../../image/reference.ts";
import { isClientVariable } from "../../tool/docker/client-variables.ts";
import { failed, run } from "../../tool/process/run.ts";
import type { ArtifactSetting, BuildRequest, Built } from "../builder.ts";
import { type BuildpacksSection, environmentOf } from "./section.ts";

const install = "install pack 0.27 or later: the project Cloud Native Buildpacks has it for every system";

/** @throws Failure with the last lines of the buildpack that failed */
export async function buildBuildpacks(
  section: BuildpacksSection,
  setting: ArtifactSetting,
  { place: { engine }, references, required }: BuildRequest,
  signal: AbortSignal,
  emit: (event: Event) => void,
): Promise<Built> {
  const { image, context } = setting.artifact;
  const [reference = ""] = references;
  const latest = `${parseReference(reference).written}:latest`;
  const scratch = await mkdtemp(join(tmpdir(), "devloop-pack-"));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(scratch, { recursive: true, force: true }));
  const { args, env } = await handedOver(environmentOf(section, setting), scratch);
  const command = {
    argv: ["pack", ...packArguments(section, { latest, context, required, env: args, platform: setting.platform })] as [
      string,
      ...string[],
    ],
    cwd: context,
    env: {
      ...env,
      ...(engine.endpoint.kind === "unix" ? { DOCKER_HOST: endpointUrl(engine.endpoint) } : {}),
    },
    onLine: (line: string) => emit({ type: "build-output", artifact: image, line }),
  };
  const finished = await run(command, signal);
  if (finished.kind === "cancelled") throw signal.reason;
  if (finished.kind !== "exited" || finished.code !== 0) {
    const diagnostic = failed(command, finished);
    if (finished.kind === "missing")
      throw new Failure({ ...diagnostic, message: `cannot build ${image}: pack is not on PATH`, suggestion: install });
    throw new Failure({ ...diagnostic, message: `cannot build ${image}: ${causeIn(finished.tail)}` });
  }
  const made = await inspectImage(engine, latest, signal);
  if (!made) throw new Failure({ severity: "error", message: `pack made no image ${latest}` });
  for (const name of references) if (name !== latest) await tagImage(engine, made.id, name, signal);
  return { imageId: made.id, seconds: finished.seconds, steps: [] };
}

interface Handed {
  readonly latest: string;
  readonly context: string;
  readonly required: Readonly<Record<string, string>>;
  /** Arguments that pass the environment. */
  readonly env: readonly string[];
  readonly platform: string | undefined;
}

/** Images that the engine has are not requested from their registries, so that a build without a network works. */
function packArguments(section: BuildpacksSection, { latest, context, required, env, platform }: Handed): string[] {
  const { builder, runImage, descriptor } = section;
  const content = (name: string) => required[name] ?? name;
  return [
    "build",
    latest,
    "--path",
    context,
    "--pull-policy",
    "if-not-present",
    ...(builder === undefined ? [] : ["--builder", content(builder)]),
    ...(runImage === undefined ? [] : ["--run-image", content(runImage)]),
    ...section.buildpacks.flatMap((name) => ["--buildpack", name]),
    ...env,
    ...(section.trustBuilder ? ["--trust-builder"] : []),
    ...(section.clearCache ? ["--clear-cache"] : []),
    ...(descriptor === undefined ? [] : ["--descriptor", descriptor]),
    ...section.volumes.flatMap((volume) => ["--volume", volume]),
    ...(platform === undefined ? [] : ["--platform", platform]),
    "--no-color",
  ];
}

/**
 * Values stay out of the argument list, which every user of the machine can read: pack takes them from its own
 * environment. Variables that pack reads itself are passed by a private file, which has one line for each.
 */
async function handedOver(
  values: ReadonlyMap<string, string>,
  scratch: string,
): Promise<{ readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> }> {
  const inFile = [...values].filter(([name, value]) => isPackVariable(name) && !value.includes("\n"));
  const inEnvironment = [...values].filter(([name]) => !isPackVariable(name));
  const left = [...values].filter(([name, value]) => isPackVariable(name) && value.includes("\n"));
  const file = join(scratch, "environment");
  if (inFile.length > 0)
    await writeFile(file, inFile.map(([name, value]) => `${name}=${value}\n`).join(""), { mode: 0o600 });
  return {
    args: [
      ...(inFile.length > 0 ? ["--env-file", file] : []),
      ...inEnvironment.flatMap(([name]) => ["--env", name]),
      ...left.flatMap(([name, value]) => ["--env", `${name}=${value}`]),
    ],
    env: Object.fromEntries(inEnvironment),
  };
}

function isPackVariable(name: string): boolean {
  return isClientVariable(name) || /^(PACK|CNB)_/i.test(name);
}

/** The reason of the failure: pack ends its output with `ERROR: ` and the reason, below the buildpack's own lines. */
function causeIn(tail: readonly string[]): string {
  const said = tail.findLast((line) => /\bERROR: /.test(line));
  return said?.replace(/^.*?\bERROR: /, "") ?? "pack failed";
}
