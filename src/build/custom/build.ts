/**
 * Runs the user's build command and finds the image that it made. Where images are pushed, the command may have left
 * the image only in the registry, while the engine may have an older one under the same name: then the registry's image
 * is taken.
 */
import { Failure } from "../../diag/failure.ts";
import type { Event } from "../../event/event.ts";
import { inspectImage } from "../../image/engine/engine-image.ts";
import { parseReference } from "../../image/reference.ts";
import { openRegistryImage } from "../../image/registry/registry-source.ts";
import { optional } from "../../std/data/optional.ts";
import { pullIntoEngine } from "../../tool/docker/docker.ts";
import { failed, run } from "../../tool/process/run.ts";
import type { ArtifactSetting, BuildCluster, BuildRequest, Built } from "../builder.ts";
import { hostPlatform } from "../host-platform.ts";
import { commandEnvironment } from "./environment.ts";
import type { CustomSection } from "./section.ts";
import { shellCommand } from "./shell.ts";

/** @throws Failure with the command's last lines, or where it made no image under the name */
export async function buildCustom(
  { buildCommand }: CustomSection,
  { artifact: { image, context }, cluster: details, platform, expand }: ArtifactSetting,
  { references: [reference = ""], required, place }: BuildRequest,
  signal: AbortSignal,
  emit: (event: Event) => void,
): Promise<Built> {
  const there = details && (await place.cluster());
  const push = there !== undefined || (await place.pushes());
  const cluster = there && {
    context: there.cluster.context,
    namespace: details.namespace ?? there.cluster.namespace,
    details,
  };
  const platforms = platform ?? hostPlatform();
  const command = {
    argv: shellCommand(expand(buildCommand, {})),
    cwd: context,
    env: commandEnvironment({ reference, push, context, platforms, required, ...optional("cluster", cluster) }),
    onLine: (line: string) => emit({ type: "build-output", artifact: image, line }),
  };
  const finished = await run(command, signal);
  if (finished.kind === "cancelled") throw signal.reason;
  if (finished.kind !== "exited" || finished.code !== 0) {
    const diagnostic = failed(command, finished);
    const how = finished.kind === "exited" ? ` with exit code ${finished.code}` : "";
    throw new Failure({
      ...diagnostic,
      message: `cannot build ${image}: its build command failed${how}`,
      at: buildCommand.at,
    });
  }
  const inRegistry = there && (await registryResult(there.registry, reference, signal));
  if (inRegistry) return { ...inRegistry, seconds: finished.seconds, steps: [] };
  const pulled = push && (await pullIntoEngine(reference, signal));
  const made = await inspectImage(place.engine, reference, signal);
  if (made) return { imageId: made.id, seconds: finished.seconds, steps: [] };
  throw new Failure({
    severity: "error",
    message: `the build command of ${image} made no image ${reference}${push && !pulled ? ", neither in the engine nor in its registry" : " in the engine"}`,
    at: buildCommand.at,
    details: finished.tail,
    suggestion: "the command has to make the image that the variable IMAGE names",
  });
}

/** A command that builds in the cluster leaves its image in a registry, where it is read once to learn its id. */
async function registryResult(
  registry: BuildCluster["registry"],
  name: string,
  signal: AbortSignal,
): Promise<Pick<Built, "imageId" | "holder"> | undefined> {
  const reference = parseReference(name);
  const digest = await registry.digest(reference, signal);
  if (digest === undefined) return undefined;
  const at = `${reference.written}@${digest}`;
  const source = await openRegistryImage(registry, parseReference(at), signal);
  return source && { imageId: source.id, holder: { kind: "registry", reference: at } };
}
