/**
 * Brings an image to the engine, under its names there: the policy's tag, `latest` where it is moved along, and the
 * content reference. An image that was built there only gets names. One that a build left elsewhere is loaded where the
 * engine needs it: a cluster runs on it, or a build starts from the image.
 */
import type { Inputs, Task } from "../../graph/task.ts";
import type { Destination } from "../../image/destination.ts";
import type { Engine } from "../../image/engine/engine.ts";
import { tagImage } from "../../image/engine/engine-image.ts";
import { loadFromHolder } from "../../image/engine/load-source.ts";
import { contentReference, fullName, type ImageId } from "../../image/reference.ts";
import type { Sources } from "../../image/source/open-source.ts";
import { clusterTaskId, taskId } from "../ids.ts";
import type { ArtifactWork } from "./artifact.ts";
import { bringTask } from "./bring.ts";
import type { BuildMode, BuildOutput } from "./build.ts";
import type { ImagePlace } from "./deliver.ts";
import type { EngineOutput, LocationsOutput } from "./engine.ts";
import type { NeededOutput } from "./needed.ts";
import type { TagOutput } from "./tag.ts";

/** `content` is the reference by which other builds and manifests name the image in the engine. */
export type NameOutput = { readonly content: string };

export interface NameMeans {
  readonly engine: Engine;
  readonly sources: Sources;
  /** The places where clusters need the image. */
  readonly places: readonly ImagePlace[];
}

export function nameTask(
  artifact: ArtifactWork,
  { engine, sources, places }: NameMeans,
  { forced, required, readIn }: BuildMode,
): Task {
  const { image } = artifact;
  const destinations = places.map(({ scope }) => clusterTaskId(scope).destination);
  const wanted = (inputs: Inputs) => {
    const { imageId, holder } = inputs.get<BuildOutput>(taskId.build(image));
    const { reference, also } = inputs.get<TagOutput>(taskId.tag(image));
    const content = contentReference(artifact.repository, imageId as ImageId);
    const names = [reference, ...also.map((tag) => `${artifact.repository}:${tag}`), content];
    return { id: imageId as ImageId, holder, names, content };
  };
  const neededBy = (inputs: Inputs) =>
    required && readIn.has("engine") ? inputs.get<NeededOutput>(taskId.needed(image)).by : null;
  const isDestination = (inputs: Inputs) =>
    destinations.some((id) => inputs.get<Pick<Destination, "kind"> | null>(id)?.kind === "shared-engine");
  return bringTask<NameOutput>({
    id: taskId.name(image),
    kind: "tag",
    deps: [
      taskId.build(image),
      taskId.tag(image),
      taskId.engine,
      taskId.held(image),
      ...destinations,
      ...(required ? [taskId.needed(image)] : []),
    ],
    keyParts(inputs) {
      const { id, names } = wanted(inputs);
      return { imageId: id, names };
    },
    spared(inputs) {
      const { holder, content } = wanted(inputs);
      if (holder === undefined || isDestination(inputs) || neededBy(inputs) !== null) return undefined;
      return { output: { content }, why: "the image is not needed in the engine" };
    },
    foresee: (inputs) => ({ content: wanted(inputs).content }),
    present(_output, inputs) {
      const { id, names } = wanted(inputs);
      const seen = inputs.get<EngineOutput>(taskId.engine);
      const missing = names.find((name) => seen.names[fullName(name)] !== id);
      if (missing === undefined) return { valid: true, proof: "the engine lists every name" };
      const held = inputs.get<LocationsOutput>(taskId.held(image))[id];
      // An image that is in no place, or only in clusters although a build starts from it, or forced, was built in this
      // pass.
      const built = forced || held === undefined || (held.from === "places" && neededBy(inputs) !== null);
      if (built || held.from !== "places")
        return { valid: false, reason: `the engine has no ${missing} for this image` };
      return { valid: true, proof: `the image is ${held.where} and not in the engine any more` };
    },
    async bring(inputs, { emit, signal }) {
      const { id, holder, names, content } = wanted(inputs);
      emit({ type: "image-named", artifact: image, imageId: id, place: "engine", names: names.map(fullName) });
      const isThere = inputs.get<EngineOutput>(taskId.engine).ids.includes(id);
      const held = { id, ...(holder ? { holder } : {}) };
      if (!isThere && (await loadFromHolder(engine, sources, held, names, signal)) !== undefined) return { content };
      for (const name of names) await tagImage(engine, id, name, signal);
      return { content };
    },
  });
}
