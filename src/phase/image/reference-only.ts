/**
 * For a render without builds and deliveries: an artifact's image is the policy's tag, or that tag's digest in the
 * registry. Either replaces a delivery.
 */
import { Failure } from "../../diag/failure.ts";
import type { Task } from "../../graph/task.ts";
import { parseReference, pushedReference } from "../../image/reference.ts";
import type { Registry } from "../../image/registry/registry.ts";
import { taskId } from "../ids.ts";
import type { DeliverOutput } from "./deliver.ts";
import type { TagOutput } from "./tag.ts";

/** Asks no place. */
export function tagReferenceTask(image: string): Task {
  return referenceTask(image, async (tagged) => tagged);
}

/** @throws Failure (from its run) where the registry has no such tag */
export function remoteReferenceTask(image: string, registry: Registry): Task {
  return referenceTask(image, async (tagged, signal) => {
    const digest = await registry.digest(parseReference(tagged), signal);
    if (digest !== undefined) return pushedReference(tagged, digest);
    throw new Failure({
      severity: "error",
      message: `${tagged} is not in its registry`,
      suggestion: "push it with `devloop build --push`, or render with --digest-source=tag",
    });
  });
}

function referenceTask(image: string, of: (tagged: string, signal: AbortSignal) => Promise<string>): Task {
  return {
    id: taskId.deliver(image),
    kind: "look",
    mode: "observe",
    deps: [taskId.tag(image)],
    run: async (inputs, { signal }): Promise<DeliverOutput> => ({
      reference: await of(inputs.get<TagOutput>(taskId.tag(image)).reference, signal),
    }),
  };
}
