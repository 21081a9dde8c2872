/**
 * Runs a hook's command in containers. Around a deploy these are selected by the names of pods and containers, with
 * wildcards, among the running pods in the namespaces of the deployment; a hook after the deploy first waits for pods
 * that are still starting. A hook without a match is reported as not run and is no failure, because before a first
 * deploy there are no pods. The first failing command ends the step, with its last lines.
 */
import type { Cluster, KubeObject } from "../../cluster/cluster.ts";
import { listObjects } from "../../cluster/objects/objects.ts";
import { type ExecTarget, openExec } from "../../cluster/stream/exec.ts";
import type { ContainerHook } from "../../config/project.ts";
import { Failure } from "../../diag/failure.ts";
import type { Event } from "../../event/event.ts";
import { systemClock } from "../../std/clock.ts";
import { goMatcher } from "../../std/go/go-match.ts";
import { lineSplitter } from "../../std/text/line-splitter.ts";
import { shellWords } from "../../tool/process/shell-words.ts";

export interface ContainerHookRun {
  /** The reference tool's name: `post-deploy`. */
  readonly name: string;
  emit(event: Event): void;
}

/** A longer line of a hook is shown in parts. */
const longestLine = 64 << 10;
/** Lines of the output that a failure keeps. */
const mostLast = 20;
const lookMs = 500;

/** Where hooks of a deployment find their containers. */
export interface HookPods {
  readonly cluster: Cluster;
  readonly namespaces: readonly string[];
  /** How long matching pods may take to start; 0: only running pods count. */
  readonly startMs: number;
}

/** @throws Failure at the hook's place; the signal's reason when cancelled */
export async function runContainerHook(
  hook: ContainerHook,
  pods: HookPods,
  how: ContainerHookRun,
  signal: AbortSignal,
): Promise<void> {
  const targets = await runningMatches(hook, pods, signal);
  const pattern = `${hook.podName ?? "*"}/${hook.containerName ?? "*"}`;
  if (targets.length === 0)
    how.emit({ type: "hook", name: how.name, status: "output", line: `no running container matches ${pattern}` });
  await Promise.all(targets.map((target) => runInContainer(pods.cluster, target, hook, how, signal)));
}

/** Runs the command in one container, and emits its lines. */
export async function runInContainer(
  cluster: Cluster,
  target: ExecTarget,
  hook: Pick<ContainerHook, "command" | "at">,
  { name, emit }: ContainerHookRun,
  signal: AbortSignal,
): Promise<void> {
  await using stream = await openExec(cluster, target, hook.command, signal);
  const last: string[] = [];
  const tell = async (bytes: AsyncIterable<Uint8Array>) => {
    const decoder = new TextDecoder();
    const lines = lineSplitter((line) => {
      if (last.push(line) > mostLast) last.shift();
      emit({ type: "hook", name, status: "output", line });
    }, longestLine);
    for await (const chunk of bytes) lines.take(decoder.decode(chunk, { stream: true }));
    lines.end();
  };
  const [exit] = await Promise.all([stream.exit, tell(stream.stdout), tell(stream.stderr)]);
  if (exit.code === 0) return;
  throw new Failure({
    severity: "error",
    at: hook.at,
    message: `the hook ${name} failed in the container ${target.container} of pod ${target.pod} with exit code ${exit.code}`,
    command: shellWords(hook.command),
    details: last,
  });
}

async function runningMatches(hook: ContainerHook, pods: HookPods, signal: AbortSignal): Promise<ExecTarget[]> {
  const deadline = systemClock.now() + pods.startMs;
  for (;;) {
    const found = await Promise.all(
      pods.namespaces.map((namespace) =>
        listObjects(pods.cluster, { apiVersion: "v1", kind: "Pod", namespace }, signal),
      ),
    );
    const matches = found.flatMap(({ items }) => items).flatMap((pod) => containersOf(pod as Pod, hook));
    const starting = matches.some(({ state }) => state === "starting");
    if (!starting || systemClock.now() >= deadline)
      return matches.flatMap(({ state, target }) => (state === "running" ? [target] : []));
    await systemClock.sleep(lookMs, signal);
  }
}

interface Pod extends KubeObject {
  readonly spec?: { readonly containers?: readonly { readonly name: string }[] };
  readonly status?: {
    readonly phase?: string;
    readonly containerStatuses?: readonly { readonly name: string; readonly state?: { readonly running?: unknown } }[];
  };
}

type Match = { readonly target: ExecTarget; readonly state: "running" | "starting" };

/** The matching containers of a pod; none of a pod that is ending or has ended. */
export function containersOf(pod: Pod, { podName = "", containerName = "" }: ContainerHook): readonly Match[] {
  const { name, namespace = "", deletionTimestamp } = pod.metadata;
  const phase = pod.status?.phase ?? "Pending";
  const hasEnded = phase === "Succeeded" || phase === "Failed";
  if (deletionTimestamp || hasEnded || (podName !== "" && !goMatcher(podName)(name))) return [];
  return (pod.spec?.containers ?? [])
    .filter((container) => containerName === "" || goMatcher(containerName)(container.name))
    .map((container) => {
      const status = pod.status?.containerStatuses?.find((each) => each.name === container.name);
      return {
        target: { namespace, pod: name, container: container.name },
        state: status?.state?.running === undefined ? "starting" : "running",
      };
    });
}
