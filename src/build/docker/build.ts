/**
 * Builds one image from a Dockerfile: by BuildKit through `docker buildx build`, or by the classic builder where the
 * config asks for it. Steps become events as they happen; the image's id comes from a file that the client writes.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Diagnostic } from "../../diag/diagnostic.ts";
import { Failure } from "../../diag/failure.ts";
import type { Event } from "../../event/event.ts";
import { asProgram, buildxProgram } from "../../tool/docker/buildx-program.ts";
import { type BuildProgress, buildProgress, type StepEvent } from "../../tool/docker/buildx-progress.ts";
import {
  type BuildCall,
  buildxCall,
  buildxTool,
  classicCall,
  hasImage,
  type ImageBuild,
  typedArgv,
} from "../../tool/docker/docker.ts";
import { bakedImageId } from "../../tool/docker/docker-bake.ts";
import { withoutRepository } from "../../tool/git/git-environment.ts";
import type { Command } from "../../tool/process/command.ts";
import { requireTool } from "../../tool/process/find.ts";
import { masker } from "../../tool/process/mask.ts";
import { failed, run } from "../../tool/process/run.ts";
import type { Built } from "../builder.ts";
import { otherCliFlags, withCliFlags } from "./cli-flags.ts";
import { argsToPass, givenArgs } from "./dockerfile/args.ts";
import { failedBuild } from "./failed-build.ts";
import type { DockerSpec } from "./spec.ts";

/** BuildKit's name of the step that reads a cache source. Its failure never fails a build. */
const cacheImport = "importing cache manifest from ";

export interface DockerBuild {
  /** The artifact's name, for events. */
  readonly artifact: string;
  readonly spec: DockerSpec;
  /** References for the image, with tag. */
  readonly tags: readonly string[];
}

type Emit = (event: Event) => void;

/**
 * An engine without BuildKit (Podman's) builds by the classic builder, unless the configuration chooses one.
 * @throws Failure naming the step, its place in the Dockerfile and its last output
 */
export async function buildDocker(request: DockerBuild, signal: AbortSignal, emit: Emit): Promise<Built> {
  const { useBuildkit } = request.spec;
  if (useBuildkit !== undefined) return builtBy(request, !useBuildkit, signal, emit);
  try {
    return await builtBy(request, false, signal, emit);
  } catch (thrown) {
    if (!lacksBuildkit(thrown) || signal.aborted) throw thrown;
    const text = `${request.artifact}: the engine has no BuildKit, so the classic builder is used (build.local.useBuildkit: false says so)`;
    emit({ type: "notice", level: "warning", text });
    return builtBy(request, true, signal, emit);
  }
}

/** Whether the client tried to run BuildKit in a container, whose image cannot be pulled. */
function lacksBuildkit(thrown: unknown): boolean {
  return thrown instanceof Failure && /\bmoby\/buildkit:buildx-stable/.test(thrown.message);
}

async function builtBy(request: DockerBuild, classic: boolean, signal: AbortSignal, emit: Emit): Promise<Built> {
  const { spec } = request;
  if (classic) refuseForClassic(request);
  const scratch = await mkdtemp(join(tmpdir(), "devloop-build-"));
  try {
    const idFile = join(scratch, "image-id");
    const cacheFrom = await usableCaches(spec, classic, signal, emit);
    const build = { ...imageBuild(spec, await dockerfileText(spec)), cacheFrom, tags: request.tags, idFile };
    const call = classic ? classicCall(build) : buildxCall(build, buildxProgram(process.env));
    if (call.open.length > 0) emit(openNotice(request.artifact, call.open));
    const started = Date.now();
    const progress = classic
      ? await runClassic(request, call, signal, emit)
      : await runBuildx(request, build, call, signal, emit);
    const told = await readFile(idFile, "utf8");
    const imageId = call.tells === "id" ? told.trim() : bakedImageId(told);
    const seconds = (Date.now() - started) / 1000;
    const steps = [...(progress?.steps.values() ?? [])].filter(
      ({ name }) => !name.startsWith("[internal]") && !name.startsWith(cacheImport),
    );
    return {
      imageId,
      seconds,
      steps: steps.map((step) => ({ name: step.name, cached: step.status === "cached", seconds: step.seconds })),
      ...(progress && { contextBytes: progress.contextBytes }),
    };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/**
 * The build for the client. Build args in the user's flags are added to the other args, so that their values are
 * treated alike; without further flags, the fields also hold what the other flags say.
 */
function imageBuild(spec: DockerSpec, dockerfile: string): Omit<ImageBuild, "tags" | "idFile"> {
  const { flags, contexts } = otherCliFlags(spec.cliFlags ?? []);
  const { contexts: _, ...whole } = withCliFlags(spec);
  const known = contexts === undefined ? spec : whole;
  return {
    ...known,
    cliFlags: flags,
    contexts,
    buildArgs: argsToPass({ ...known, buildArgs: whole.buildArgs }, dockerfile),
  };
}

function openNotice(artifact: string, names: readonly string[]): Event {
  const text = `${artifact}: the build args ${names.join(", ")} stand in the command line of the client, which reads its own environment by these names`;
  return { type: "notice", level: "info", text };
}

async function runBuildx(
  { artifact, spec }: DockerBuild,
  build: ImageBuild,
  call: BuildCall,
  signal: AbortSignal,
  emit: Emit,
): Promise<BuildProgress> {
  const report = (step: StepEvent) => {
    const event = eventOf(artifact, step);
    if (event) emit(event);
  };
  const progress = buildProgress(report, masker(secretsOf(spec)));
  const command: Command = {
    argv: call.argv,
    ...(call.stdin === undefined ? {} : { stdin: call.stdin }),
    // Chooses BuildKit whatever the user's environment says, with progress for devloop. The client asks git about the
    // context.
    env: {
      ...call.env,
      ...withoutRepository,
      DOCKER_BUILDKIT: "1",
      BUILDKIT_PROGRESS: undefined,
      DOCKER_CLI_HINTS: "false",
      ...asProgram,
    },
    onLine: (line, stream) => stream === "stderr" && progress.line(line),
  };
  const finished = await run(command, signal);
  if (finished.kind === "cancelled") throw signal.reason;
  if (finished.kind === "exited" && finished.code === 0) return progress;
  // Checked only after a failure, so that an ordinary build does not pay for it.
  await requireTool(buildxTool, signal);
  // Messages show the command line that a person would type.
  const typed = { ...command, argv: typedArgv(build), secrets: allValues(spec) };
  if (finished.kind !== "exited") throw new Failure(failed(typed, finished));
  const { dockerfile } = withCliFlags(spec);
  throw new Failure(failedBuild(artifact, progress, { path: dockerfile, text: await dockerfileText(spec) }));
}

/** The text of the Dockerfile; empty where it cannot be read, which the client reports. */
function dockerfileText(spec: DockerSpec): Promise<string> {
  return readFile(withCliFlags(spec).dockerfile, "utf8").catch(() => "");
}

async function runClassic(
  { artifact, spec }: DockerBuild,
  call: BuildCall,
  signal: AbortSignal,
  emit: Emit,
): Promise<undefined> {
  const command: Command = {
    argv: call.argv,
    env: { ...call.env, ...withoutRepository, DOCKER_BUILDKIT: "0" },
    secrets: secretsOf(spec),
    onLine: (line) => emit({ type: "build-output", artifact, line }),
  };
  const finished = await run(command, signal);
  if (finished.kind === "cancelled") throw signal.reason;
  if (finished.kind === "exited" && finished.code === 0) return undefined;
  const at = finished.kind === "missing" ? undefined : finished.tail.findLast((line) => /^Step \d+\/\d+ : /.test(line));
  const what = at === undefined ? `cannot build ${artifact}` : `cannot build ${artifact}: ${at} failed`;
  throw new Failure(failed({ ...command, secrets: allValues(spec) }, finished, what));
}

/**
 * The cache sources that can be used: a missing one never fails a build. BuildKit asks registries itself and only
 * warns; for the classic builder, which would pull it, a plain name that the engine does not have is left out.
 */
async function usableCaches(spec: DockerSpec, classic: boolean, signal: AbortSignal, emit: Emit): Promise<string[]> {
  const sources = [...(spec.cacheFrom ?? [])];
  if (!classic) return sources;
  const there = await Promise.all(sources.map((source) => hasImage(source, signal)));
  return sources.filter((source, i) => {
    if (!there[i])
      emit({ type: "notice", level: "info", text: `the cache source ${source} is not in the engine and is not used` });
    return there[i];
  });
}

function refuseForClassic({ artifact, spec }: DockerBuild): void {
  const needs = [spec.secrets?.length ? "secrets" : "", spec.ssh ? "ssh" : ""].filter((need) => need !== "");
  if (needs.length === 0) return;
  const diagnostic: Diagnostic = {
    severity: "error",
    message: `cannot build ${artifact}: ${needs.join(" and ")} can only be used with BuildKit`,
    suggestion: "set build.local.useBuildkit to true, or leave it out",
  };
  throw new Failure(diagnostic);
}

const secretName = /token|secret|passw|credential|auth|(^|_)key($|_)|private/i;

/** Values that are hidden in a build's output: those whose names suggest a secret. */
function secretsOf(spec: DockerSpec): string[] {
  return Object.entries(givenArgs(withCliFlags(spec).buildArgs)).flatMap(([name, value]) =>
    secretName.test(name) ? [value] : [],
  );
}

/** Values that are hidden in command lines and failures: those of every build arg. */
function allValues(spec: DockerSpec): string[] {
  return Object.values(givenArgs(withCliFlags(spec).buildArgs));
}

function eventOf(artifact: string, step: StepEvent): Event | undefined {
  switch (step.kind) {
    case "output":
      return { type: "build-output", artifact, step: step.name, line: step.line };
    case "warning":
      return { type: "notice", level: "warning", text: `${artifact}: ${step.text}` };
    case "started":
      if (step.name.startsWith(cacheImport)) return undefined;
      return { type: "build-step", artifact, step: step.id, name: step.name, status: "started" };
    case "failed":
      if (step.name.startsWith(cacheImport))
        return {
          type: "notice",
          level: "info",
          text: `${artifact}: no cache from ${step.name.slice(cacheImport.length)}`,
        };
      return {
        type: "build-step",
        artifact,
        step: step.id,
        name: step.name,
        status: "failed",
        seconds: step.seconds,
        error: step.error,
      };
    default:
      return { type: "build-step", artifact, step: step.id, name: step.name, status: step.kind, seconds: step.seconds };
  }
}
