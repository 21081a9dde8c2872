/**
 * Whether an artifact's image has to be where builds read it, in the engine or a registry, because a build of this pass
 * starts from it. Nodes may hold the image as well, which is enough for whatever is deployed, but no builder reads from a
 * node.
 *
 * Decided before anything is built, by going through the builds ahead: which of those that require the image, directly or
 * not, has no result any more. An artifact that is fresh itself asks for nothing.
 */
import { taskKey } from "../../graph/plan/key.ts";
import type { Inputs, Task } from "../../graph/task.ts";
import { taskId } from "../ids.ts";
import type { ArtifactWork } from "./artifact.ts";
import { type BasesOutput, changedBases } from "./bases.ts";
import { type BuildOutput, buildKeyParts } from "./build.ts";
import type { LocationsOutput } from "./engine.ts";

/** `by`: the artifact whose build starts from the image; null where none does. */
export type NeededOutput = { readonly by: string | null };

/**
 * @param all the artifacts of the pass
 * @param recorded the outputs of a build task under a key, newest first
 */
export function neededTask(
  artifact: ArtifactWork,
  all: readonly ArtifactWork[],
  recorded: (task: string, key: string) => readonly BuildOutput[],
): Task {
  const concerned = requiredBy(dependantsOf(artifact, all), all);
  return {
    id: taskId.needed(artifact.image),
    kind: "look",
    mode: "observe",
    deps: [
      ...concerned.flatMap(({ image }) => [taskId.hash, taskId.tag, taskId.held, taskId.bases].map((id) => id(image))),
    ],
    run: async (inputs): Promise<NeededOutput> => ({ by: ahead(artifact, all, recorded, inputs) ?? null }),
  };
}

/** The first coming build that starts from the image. */
function ahead(
  artifact: ArtifactWork,
  all: readonly ArtifactWork[],
  recorded: (task: string, key: string) => readonly BuildOutput[],
  inputs: Inputs,
): string | undefined {
  const results = new Map<string, string | undefined>();
  /** The image of the build's recorded output; undefined where it will run. */
  const resultOf = (image: string): string | undefined => {
    if (results.has(image)) return results.get(image);
    const work = all.find((one) => one.image === image);
    const required = new Map(work?.requires.map((one) => [one.image, resultOf(one.image)]));
    const known = work && [...required.values()].every((id) => id !== undefined);
    const parts = known && buildKeyParts(work, inputs, (other) => required.get(other) ?? "");
    const held = inputs.get<LocationsOutput>(taskId.held(image));
    const now = inputs.get<BasesOutput>(taskId.bases(image));
    const records = parts ? recorded(taskId.build(image), taskKey("build", parts)) : [];
    const isLive = ({ imageId, bases = {} }: BuildOutput) =>
      held[imageId] !== undefined && changedBases(bases, now).length === 0;
    const result = records.find(isLive)?.imageId;
    results.set(image, result);
    return result;
  };
  const builds = ({ image }: ArtifactWork): boolean => {
    const result = resultOf(image);
    const from = result === undefined ? undefined : inputs.get<LocationsOutput>(taskId.held(image))[result]?.from;
    return from === undefined || (from === "places" && starter(image) !== undefined);
  };
  const starter = (image: string) => all.find((one) => startsFrom(one, image) && builds(one))?.image;
  return starter(artifact.image);
}

function startsFrom({ requires, readsRequired }: ArtifactWork, image: string): boolean {
  return readsRequired !== "nowhere" && requires.some((required) => required.image === image);
}

function dependantsOf(artifact: ArtifactWork, all: readonly ArtifactWork[]): ArtifactWork[] {
  const found = new Set<string>([artifact.image]);
  for (const image of found)
    for (const one of all) if (one.requires.some((required) => required.image === image)) found.add(one.image);
  return all.filter(({ image }) => found.has(image));
}

function requiredBy(some: readonly ArtifactWork[], all: readonly ArtifactWork[]): ArtifactWork[] {
  const found = new Set(some.map(({ image }) => image));
  for (const image of found)
    for (const required of all.find((one) => one.image === image)?.requires ?? []) found.add(required.image);
  return all.filter(({ image }) => found.has(image));
}
