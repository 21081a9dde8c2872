/**
 * Builds an artifact. Decides which builds are the same (the key) and what proves an earlier result: the engine, the
 * place where the build left it, or every place that needs it still has it.
 */
import type { Required } from "../../build/builder.ts";
import type { Inputs, Task } from "../../graph/task.ts";
import type { JsonRecord } from "../../std/data/json.ts";
import type { TreeMark } from "../../store/tree/mark.ts";
import { clusterTaskId, registryOfBuilds, taskId } from "../ids.ts";
import type { ArtifactWork, BuiltImage } from "./artifact.ts";
import { type BaseIds, type BasesOutput, changedBases } from "./bases.ts";
import type { DeliverOutput } from "./deliver.ts";
import type { ImageLocation, LocationsOutput } from "./engine.ts";
import type { FoundOutput } from "./found.ts";
import type { NameOutput } from "./name.ts";
import type { NeededOutput } from "./needed.ts";
import type { TagOutput } from "./tag.ts";

/** `bases`: what the names of base images meant when the build began; absent where it has none. */
export type BuildOutput = BuiltImage & { readonly bases?: BaseIds };

/**
 * The parts of a build's key. One function, so that a deploy that only looks up a build uses the same key.
 * @param resultOf the output of a required artifact's build
 */
export function buildKeyParts(
  artifact: ArtifactWork,
  inputs: Inputs,
  resultOf = (image: string) => {
    const required = inputs.get<FoundOutput>(taskId.build(image));
    return "imageId" in required ? required.imageId : required.reference;
  },
): JsonRecord {
  return {
    ...inputs.get<TagOutput>(taskId.tag(artifact.image)).parts,
    files: inputs.get<TreeMark>(taskId.hash(artifact.image)),
    requires: Object.fromEntries(artifact.requires.map(({ image, alias }) => [alias, resultOf(image)])),
  };
}

/**
 * The key parts of a build for sharing: required and base images by their digests, nothing of this machine. Undefined
 * where one of them is known by its name alone, which may mean another image elsewhere.
 */
function teamKeyParts(artifact: ArtifactWork, inputs: Inputs): JsonRecord | undefined {
  const { teamParts } = inputs.get<TagOutput>(taskId.tag(artifact.image));
  const { ids } = inputs.get<BasesOutput>(taskId.bases(artifact.image));
  const requires = artifact.requires.map(({ image, alias }) => {
    const result = inputs.get<FoundOutput>(taskId.build(image));
    return [alias, "imageId" in result ? result.imageId : undefined] as const;
  });
  const named = requires.some(([, id]) => id === undefined) || Object.values(ids).includes(null);
  if (teamParts === undefined || named) return undefined;
  const files = inputs.get<TreeMark>(taskId.hash(artifact.image));
  return { ...teamParts, files, requires: Object.fromEntries(requires) as JsonRecord, bases: ids };
}

export interface BuildMode {
  /** True where earlier builds are ignored. */
  readonly forced: boolean;
  /** Whether other artifacts require this one: then there is a task `needed:<image>`. */
  readonly required: boolean;
  /** Where such builds read it. */
  readonly readIn: ReadonlySet<ArtifactWork["readsRequired"]>;
  /** Called when a build begins whose image will have to be brought to a place. */
  readonly begins?: () => void;
}

export function buildTask(artifact: ArtifactWork, { forced, required, begins }: BuildMode): Task {
  const { image } = artifact;
  const tagOf = (inputs: Inputs) => inputs.get<TagOutput>(taskId.tag(image));
  const inRegistry = artifact.readsRequired === "registry";
  const bringing = (other: string) =>
    inRegistry ? clusterTaskId(registryOfBuilds).deliver(other) : taskId.name(other);
  const referenceOf = (other: string, inputs: Inputs) =>
    inRegistry ? inputs.get<DeliverOutput>(bringing(other)).reference : inputs.get<NameOutput>(bringing(other)).content;
  const references = (inputs: Inputs): Required =>
    Object.fromEntries(artifact.requires.map(({ image: other, alias }) => [alias, referenceOf(other, inputs)]));
  return {
    id: taskId.build(image),
    kind: "build",
    mode: "act",
    deps: [
      taskId.hash(image),
      taskId.tag(image),
      taskId.held(image),
      taskId.bases(image),
      ...(required ? [taskId.needed(image)] : []),
      ...artifact.requires.flatMap(({ image: other }) => [taskId.build(other), bringing(other)]),
    ],
    keyParts: (inputs) => buildKeyParts(artifact, inputs),
    sharedKeyParts: (inputs) => teamKeyParts(artifact, inputs),
    foresee: (_inputs, pending): BuildOutput => ({ imageId: pending }),
    valid(output, inputs) {
      if (forced) return { valid: false, reason: "--cache-artifacts=false" };
      const { imageId, bases = {} } = output as BuildOutput;
      const held = inputs.get<LocationsOutput>(taskId.held(image))[imageId];
      if (held === undefined)
        return {
          valid: false,
          reason: `image ${imageId.slice(7, 19)} is neither in the engine nor where it has to be`,
        };
      const changes = changedBases(bases, inputs.get<BasesOutput>(taskId.bases(image)));
      if (changes.length > 0) return { valid: false, reason: "a base image is another one", changes };
      const by = required && lackedBy(image, held, inputs);
      if (by)
        return {
          valid: false,
          reason: `image ${imageId.slice(7, 19)} is ${held.where}, but the engine lacks it and the build of ${by} starts from it`,
        };
      return { valid: true, proof: `same inputs, image ${imageId.slice(7, 19)} ${held.where}` };
    },
    async run(inputs, ctx): Promise<BuildOutput> {
      const started = ctx.clock.now();
      const seconds = () => (ctx.clock.now() - started) / 1000;
      ctx.emit({ type: "build-started", artifact: image });
      begins?.();
      try {
        const { tag, also } = tagOf(inputs);
        const files = inputs.get<TreeMark>(taskId.hash(image));
        const built = await artifact.build({ tag, also, files, required: references(inputs) }, ctx);
        const { imageId } = built;
        ctx.emit({ type: "build-ended", artifact: image, outcome: "done", seconds: seconds(), imageId });
        const { ids } = inputs.get<BasesOutput>(taskId.bases(image));
        return Object.keys(ids).length > 0 ? { ...built, bases: ids } : built;
      } catch (thrown) {
        ctx.emit({
          type: "build-ended",
          artifact: image,
          outcome: ctx.signal.aborted ? "cancelled" : "failed",
          seconds: seconds(),
        });
        throw thrown;
      }
    },
  };
}

/** The artifact whose build starts from the image, where that is neither in the engine nor can be brought there. */
function lackedBy(image: string, held: ImageLocation, inputs: Inputs): string | undefined {
  return held.from === "places" ? (inputs.get<NeededOutput>(taskId.needed(image)).by ?? undefined) : undefined;
}
