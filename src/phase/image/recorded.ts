/** The outputs of earlier builds, including those of this session whose records are not on the disk yet. */
import type { Records } from "../../store/records/records.ts";
import { taskId } from "../ids.ts";
import type { BuildOutput } from "./build.ts";

/** Outputs of a task under a key, newest first. */
export function recordedBuilds(records: Pick<Records, "find">, task: string, key: string): BuildOutput[] {
  return (records.find(task, key)?.outputs ?? []).map(({ output }) => output as BuildOutput);
}

/** Outputs for an artifact under any key, newest first. */
export function recordedResults(records: Pick<Records, "outputs">, image: string): BuildOutput[] {
  return records.outputs(taskId.build(image)).map(({ output }) => output as BuildOutput);
}

/** Ids of the images that builds of an artifact gave, newest first, each once. */
export function recordedImages(records: Pick<Records, "outputs">, image: string): string[] {
  return [...new Set(recordedResults(records, image).map(({ imageId }) => imageId))];
}
