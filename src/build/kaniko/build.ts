/**
 * Builds one image in the cluster: makes secrets and pod, sends the context over one stream, shows the executor's log,
 * and reads the image's digest from the executor's termination message. Pod and secrets are removed after every
 * outcome. The image stays in its registry, where it is read once to learn its id.
 */
import { readFile } from "node:fs/promises";
import type { KubeObject } from "../../cluster/cluster.ts";
import type { Place } from "../../diag/diagnostic.ts";
import { Failure } from "../../diag/failure.ts";
import type { Event } from "../../event/event.ts";
import { InputsChanged } from "../../graph/inputs-changed.ts";
import { type ImageId, isDigest, parseReference } from "../../image/reference.ts";
import { openRegistryImage } from "../../image/registry/registry-source.ts";
import { SourceChanged } from "../../std/bytes/exact-chunks.ts";
import { systemClock } from "../../std/clock.ts";
import { parseGoDuration } from "../../std/go/go-duration.ts";
import { randomHex } from "../../std/random.ts";
import type { BuildCluster, BuildRequest, Built } from "../builder.ts";
import { inspectDocker } from "../docker/inspect.ts";
import { buildContext } from "./context.ts";
import { failedBuild } from "./failed-build.ts";
import { executorFlags } from "./flags.ts";
import { buildPod, initContainer } from "./pod.ts";
import { followPod, type PodFollower } from "./pod-follower.ts";
import { type Ended, takesContext, waitingFor } from "./pod-state.ts";
import { runExecutor } from "./run-executor.ts";
import type { SecretHolds } from "./secrets.ts";
import { sendContext } from "./send-context.ts";
import type { KanikoSpec } from "./spec.ts";

/** The pod ends itself this long after devloop's own deadline, so that the pod of a killed devloop ends, too. */
const spareSeconds = 60;
const firstPauseMs = 500;

export interface KanikoBuild {
  readonly image: string;
  /** Without a tag. */
  readonly repository: string;
  readonly spec: KanikoSpec;
  readonly secrets: SecretHolds;
}

/** @throws Failure with the executor's last lines, or with the reason why its pod does not start */
export async function buildKaniko(
  build: KanikoBuild,
  request: BuildRequest,
  signal: AbortSignal,
  emit: (event: Event) => void,
): Promise<Built> {
  const { spec, image } = build;
  const started = systemClock.now();
  const timeoutMs = durationMs(spec.cluster.timeout, "build.cluster.timeout", spec.cluster.at);
  const late = AbortSignal.timeout(timeoutMs);
  try {
    return await inPod(build, request, { timeoutMs, started }, AbortSignal.any([signal, late]), emit);
  } catch (thrown) {
    signal.throwIfAborted();
    if (!late.aborted || thrown instanceof Failure) throw thrown;
    throw new Failure({
      severity: "error",
      message: `cannot build ${image}: it was not done after ${spec.cluster.timeout}`,
      at: spec.cluster.at,
      suggestion: "build.cluster.timeout says how long a build may take",
    });
  }
}

async function inPod(
  build: KanikoBuild,
  { references, place }: BuildRequest,
  { timeoutMs, started }: { readonly timeoutMs: number; readonly started: number },
  signal: AbortSignal,
  emit: (event: Event) => void,
): Promise<Built> {
  const { image, repository, spec, secrets } = build;
  const { section } = spec;
  const at = await place.cluster();
  const namespace = spec.cluster.namespace ?? at.cluster.namespace;
  const tell = (line: string) => emit({ type: "build-output", artifact: image, line });
  const { sources, files } = await inspectDocker(spec.docker);
  const contextNow = () => buildContext(sources, section.dockerfile, files.ignore, section.contextSubPath);
  const { dockerfile, dockerfileApart } = contextNow();
  const text = await readFile(section.dockerfile, "utf8");

  await using stack = new AsyncDisposableStack();
  const name = `kaniko-${randomHex(5)}`;
  const pod = buildPod(spec, {
    name,
    namespace,
    args: executorFlags(spec, { references, dockerfile, text }),
    secrets: await secrets.secretsOf(spec.cluster, at, namespace, stack, signal),
    dockerfileApart,
    deadlineSeconds: Math.ceil(timeoutMs / 1000) + spareSeconds,
  });
  const { uid } = stack.use(await at.make(pod, signal));
  using follower = await followPod(at.cluster, { namespace, name, uid }, signal);
  await untilTaken(follower, image, tell, signal);
  const target = { namespace, pod: name, container: initContainer };
  const send = (during: AbortSignal) =>
    sendContext(at.cluster, target, contextNow().entries, section.compressionLevel, during);
  const contextBytes = await tried(build, send, tell, signal);
  const { ended, tail } = await runExecutor(at.cluster, { follower, namespace, name, uid, image, tell }, signal);
  if (ended.code !== 0) throw failedBuild(image, ended, tail, section.at);
  const digest = await digestOf(ended, references[0] ?? repository, at, signal);
  const reference = `${repository}@${digest}`;
  const imageId = await idOf(reference, at, signal);
  const seconds = (systemClock.now() - started) / 1000;
  return { imageId, holder: { kind: "registry", reference }, seconds, steps: [], contextBytes };
}

/** Reports once why the pod does not start yet. */
async function untilTaken(
  follower: PodFollower,
  image: string,
  tell: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  let told: string | undefined;
  const look = (pod: KubeObject | undefined) => {
    const why = waitingFor(pod);
    if (why !== undefined && why !== told) tell(`the build's pod waits: ${why}`);
    told = why ?? told;
    return takesContext(pod, image);
  };
  await follower.until(look, signal);
}

/**
 * Sends the context again where the connection broke or took too long.
 * @throws InputsChanged where a file changed meanwhile; the last failure
 */
async function tried(
  { image, spec: { section } }: KanikoBuild,
  send: (signal: AbortSignal) => Promise<number>,
  tell: (line: string) => void,
  signal: AbortSignal,
): Promise<number> {
  const limitMs = durationMs(section.copyTimeout, "kaniko.copyTimeout", section.copyTimeoutAt);
  for (let time = 1; ; time++) {
    const late = AbortSignal.timeout(limitMs);
    try {
      return await send(AbortSignal.any([signal, late]));
    } catch (thrown) {
      signal.throwIfAborted();
      if (thrown instanceof SourceChanged) throw new InputsChanged(`the build of ${image}`, [thrown.message]);
      const why = late.aborted ? `not done after ${section.copyTimeout}` : thrown instanceof Failure && thrown.message;
      if (why === false || time >= section.copyMaxRetries) {
        if (!late.aborted) throw thrown;
        throw new Failure({
          severity: "error",
          message: `cannot build ${image}: its context was not sent within ${section.copyTimeout}`,
          at: section.copyTimeoutAt,
          suggestion: "kaniko.copyTimeout says how long that may take",
        });
      }
      tell(`sending the context again: ${why}`);
      await systemClock.sleep(firstPauseMs * time, signal);
    }
  }
}

/**
 * The digest in the executor's termination message, or, where the section has it written elsewhere, the registry's
 * present one.
 */
async function digestOf(
  { message }: Ended,
  reference: string,
  { registry }: BuildCluster,
  signal: AbortSignal,
): Promise<string> {
  const said = /sha256:[0-9a-f]{64}/.exec(message)?.[0];
  const digest = said ?? (await registry.digest(parseReference(reference), signal));
  if (digest !== undefined && isDigest(digest)) return digest;
  throw new Failure({
    severity: "error",
    message: `the executor reported no digest, and the registry has no ${reference}`,
    suggestion: "kaniko.digestFile is /dev/termination-log where it is left out",
  });
}

/** The registry is asked from this machine, which may not reach it as the pod does. */
async function idOf(reference: string, { registry }: BuildCluster, signal: AbortSignal): Promise<ImageId> {
  const parsed = parseReference(reference);
  try {
    const source = await openRegistryImage(registry, parsed, signal);
    if (source) return source.id;
  } catch (thrown) {
    signal.throwIfAborted();
    if (!(thrown instanceof Failure)) throw thrown;
    throw new Failure({
      severity: "error",
      message: `the executor pushed ${reference}, but it cannot be read from this machine`,
      details: thrown.message.split("\n"),
      suggestion: `${parsed.registry} has to be reachable from here as well; build.insecureRegistries names registries that speak plain HTTP`,
    });
  }
  throw new Failure({
    severity: "error",
    message: `the executor pushed ${reference}, which the registry does not have`,
  });
}

/** @throws Failure for a text that is no duration */
function durationMs(text: string, field: string, at: Place): number {
  const nanoseconds = parseGoDuration(text);
  if (nanoseconds !== undefined && nanoseconds > 0n) return Number(nanoseconds / 1_000_000n);
  throw new Failure({
    severity: "error",
    message: `${field}: ${JSON.stringify(text)} is no duration`,
    at,
    suggestion: "write it like 20m or 90s",
  });
}
