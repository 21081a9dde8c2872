/**
 * For a deploy without builds: finds the image of an artifact for which none is given. Tried in this order: the record
 * of a build of the present sources, the policy's tag in the engine, the policy's tag in the registry. An artifact
 * without an image is an error that names it.
 */
import { Failure } from "../../diag/failure.ts";
import { taskKey } from "../../graph/plan/key.ts";
import type { Task } from "../../graph/task.ts";
import { fullName, parseReference, pushedReference } from "../../image/reference.ts";
import type { Registry } from "../../image/registry/registry.ts";
import { taskId } from "../ids.ts";
import type { ArtifactWork } from "./artifact.ts";
import { type BuildOutput, buildKeyParts } from "./build.ts";
import type { EngineOutput, LocationsOutput } from "./engine.ts";
import type { TagOutput } from "./tag.ts";

/**
 * Replaces the output of a build: an image of the engine or the nodes, or a reference that the cluster pulls by itself.
 */
export type FoundOutput = BuildOutput | { readonly reference: string };

export interface FoundMeans {
  /** The task's recorded outputs under the key, newest first. */
  recorded(task: string, key: string): readonly BuildOutput[];
  /** Undefined where only this machine's engine counts. */
  readonly registry: Registry | undefined;
}

/** @throws Failure (from its run) where no image exists for the present sources */
export function foundTask(artifact: ArtifactWork, means: FoundMeans): Task {
  const { image } = artifact;
  const id = taskId.build(image);
  return {
    id,
    kind: "look",
    mode: "observe",
    deps: [
      taskId.hash(image),
      taskId.tag(image),
      taskId.held(image),
      taskId.engine,
      ...artifact.requires.map(({ image: other }) => taskId.build(other)),
    ],
    async run(inputs, { signal }): Promise<FoundOutput> {
      const held = inputs.get<LocationsOutput>(taskId.held(image));
      const recorded = means.recorded(id, taskKey("build", buildKeyParts(artifact, inputs)));
      const live = recorded.find(({ imageId }) => held[imageId] !== undefined);
      if (live !== undefined) return live;
      const { reference } = inputs.get<TagOutput>(taskId.tag(image));
      const tagged = inputs.get<EngineOutput>(taskId.engine).names[fullName(reference)];
      if (tagged !== undefined) return { imageId: tagged };
      const digest = await means.registry?.digest(parseReference(reference), signal);
      if (digest !== undefined) return { reference: pushedReference(reference, digest) };
      throw new Failure({
        severity: "error",
        message: `there is no image for ${image}: its present sources were never built, and nothing is tagged ${reference}`,
        suggestion: "run `devloop build` first, or name an image with --images or --build-artifacts",
      });
    },
  };
}
