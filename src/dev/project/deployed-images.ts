/**
 * Which images a pass has brought to a place, and what a sync has to know of each: the inputs that it was built from, when
 * they were read, and its working directory.
 */
import type { Engine } from "../../image/engine/engine.ts";
import type { ImageId } from "../../image/reference.ts";
import { type ContainerConfig, containerConfig } from "../../image/source/container-config.ts";
import type { Sources } from "../../image/source/open-source.ts";
import type { Outputs } from "../../phase/deploy/deployer.ts";
import { clusterTaskId, taskId } from "../../phase/ids.ts";
import type { ComposedArtifact } from "../../phase/image/artifact-work.ts";
import type { BuildOutput } from "../../phase/image/build.ts";
import type { DeliverOutput } from "../../phase/image/deliver.ts";
import type { Store } from "../../store/store.ts";
import { markedTree, type TreeMark } from "../../store/tree/mark.ts";
import type { DeployedImage } from "../sync/wanted-overlay.ts";

type BuiltImage = Omit<DeployedImage, "reference">;

export interface DeployedImagesMeans {
  readonly artifacts: readonly Pick<ComposedArtifact, "image" | "readMoment">[];
  readonly store: Pick<Store, "tree">;
  readonly engine: Engine;
  /** Images that the engine does not have. */
  readonly sources: Sources;
}

export class DeployedImages {
  readonly #means: DeployedImagesMeans;
  readonly #configs = new Map<string, ContainerConfig>();

  constructor(means: DeployedImagesMeans) {
    this.#means = means;
  }

  /** Working directory of the artifact's image as it was last built; undefined where that is not known. */
  workdir(image: string): string | undefined {
    const config = this.#configs.get(image);
    return config && (config.workingDir || "/");
  }

  /** Its labels, likewise. */
  labels(image: string): Readonly<Record<string, string>> | undefined {
    return this.#configs.get(image)?.labels;
  }

  /**
   * By artifact, for each of the places in order; also images that a failed pass delivered.
   * @param places scopes of the tasks that deliver there
   */
  async of(
    outputs: Outputs,
    places: readonly (readonly (string | undefined)[])[],
    signal: AbortSignal,
  ): Promise<readonly ReadonlyMap<string, DeployedImage>[]> {
    const deployed = places.map(() => new Map<string, DeployedImage>());
    for (const artifact of this.#means.artifacts) {
      const { image } = artifact;
      const references = places.map((scopes) => deliveredTo(outputs, scopes, image));
      if (references.every((reference) => reference === undefined)) continue;
      const built = await this.#built(artifact, outputs, signal);
      if (built === undefined) continue;
      for (const [i, reference] of references.entries())
        if (reference !== undefined) deployed[i]?.set(image, { ...built, reference });
    }
    return deployed;
  }

  async #built(
    { image, readMoment }: DeployedImagesMeans["artifacts"][number],
    outputs: Outputs,
    signal: AbortSignal,
  ): Promise<BuiltImage | undefined> {
    const build = outputs.get(taskId.build(image)) as BuildOutput | undefined;
    const files = outputs.get(taskId.hash(image)) as TreeMark | undefined;
    const inputs = this.#means.store.tree(markedTree(files) ?? "");
    if (!build || !files || !inputs) return undefined;
    const config = await this.#configOf(build, signal);
    if (config !== undefined) this.#configs.set(image, config);
    return { imageId: build.imageId, inputs, readAt: readMoment(files), workdir: config?.workingDir };
  }

  /** Undefined where the config cannot be read: then what is known of the image stays. */
  async #configOf({ imageId, holder }: BuildOutput, signal: AbortSignal): Promise<ContainerConfig | undefined> {
    const { engine, sources } = this.#means;
    const image = { id: imageId as ImageId, ...(holder ? { holder } : {}) };
    try {
      return await containerConfig(engine, sources, image, signal);
    } catch {
      signal.throwIfAborted();
      return undefined;
    }
  }
}

function deliveredTo(outputs: Outputs, scopes: readonly (string | undefined)[], image: string): string | undefined {
  for (const scope of scopes) {
    const delivered = outputs.get(clusterTaskId(scope).deliver(image)) as DeliverOutput | undefined;
    if (delivered) return delivered.reference;
  }
  return undefined;
}
