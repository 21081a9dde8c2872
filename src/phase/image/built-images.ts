/** The machine-readable result of a build: the reference of each image, in the reference tool's JSON. */

import type { PassResult } from "../../graph/request.ts";
import { clusterTaskId, taskId } from "../ids.ts";
import type { DeliverOutput } from "./deliver.ts";
import type { BuildFile } from "./given-images.ts";
import type { TagOutput } from "./tag.ts";

/** References of delivered images, even where other artifacts failed; of several places the first one's. */
export function builtImages(
  artifacts: readonly { readonly image: string }[],
  places: readonly { readonly scope: string | undefined }[],
  { outputs }: PassResult,
): BuildFile {
  return {
    builds: artifacts.flatMap(({ image }) => {
      const all = places.map(({ scope }) => outputs.get(clusterTaskId(scope).deliver(image)));
      const delivered = all.find((output) => output !== undefined) as DeliverOutput | undefined;
      return delivered ? [{ imageName: image, tag: delivered.reference }] : [];
    }),
  };
}

/** The tags alone, for `--dry-run`. */
export function plannedImages(artifacts: readonly { readonly image: string }[], { outputs }: PassResult): BuildFile {
  return {
    builds: artifacts.flatMap(({ image }) => {
      const tag = outputs.get(taskId.tag(image)) as TagOutput | undefined;
      return tag ? [{ imageName: image, tag: tag.reference }] : [];
    }),
  };
}

/** Ids of the images that a pass made or took from an earlier build. */
export function imageIds({ outputs }: Pick<PassResult, "outputs">): readonly string[] {
  return [...outputs].flatMap(([task, output]) => {
    const { imageId } = (task.startsWith(taskId.build("")) ? output : {}) as { readonly imageId?: string };
    return imageId === undefined ? [] : [imageId];
  });
}
