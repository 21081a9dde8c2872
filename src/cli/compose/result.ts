/** The machine-readable result of a build: which reference each image has, in the reference tool's JSON. */

import { writeFile } from "node:fs/promises";
import { Failure } from "../../diag/failure.ts";
import type { PassResult } from "../../graph/request.ts";
import type { DeliverOutput } from "../../phase/deliver.ts";
import { clusterTaskId, taskId } from "../../phase/ids.ts";
import type { TagOutput } from "../../phase/tag.ts";
import { fileErrorWords } from "../../std/file-error.ts";
import type { ComposedArtifact } from "./artifact-work.ts";
import type { BuildFile } from "./given-images.ts";

/** What was delivered, also where other artifacts failed; of several places the first one's reference. */
export function builtImages(
  artifacts: readonly ComposedArtifact[],
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
export function plannedImages(artifacts: readonly ComposedArtifact[], { outputs }: PassResult): BuildFile {
  return {
    builds: artifacts.flatMap(({ image }) => {
      const tag = outputs.get(taskId.tag(image)) as TagOutput | undefined;
      return tag ? [{ imageName: image, tag: tag.reference }] : [];
    }),
  };
}

/** @throws Failure where the file cannot be written */
export async function writeResult(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (cause) {
    throw new Failure(`cannot write ${file}: ${fileErrorWords(cause)}`);
  }
}
