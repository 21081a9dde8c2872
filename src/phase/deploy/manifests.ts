/**
 * The text that `render` prints: every object with its images, as the cluster would get it but without devloop's mark.
 * An observation like rendering itself: its output is never recorded.
 */
import { withImages } from "../../deploy/manifests/images.ts";
import { printManifests } from "../../deploy/manifests/print-manifests.ts";
import type { Selectors } from "../../deploy/manifests/transformable.ts";
import type { Task } from "../../graph/task.ts";
import { taskId } from "../ids.ts";
import type { DeliverOutput } from "../image/deliver.ts";
import type { ObjectsOutput } from "./deploy-work.ts";

export type ManifestsOutput = { readonly text: string };

/** @param images each with a task `deliver:<image>` whose output is `{ reference }` */
export function manifestsTask(images: readonly string[], selectors?: Selectors): Task {
  return {
    id: taskId.manifests,
    kind: "render",
    mode: "observe",
    deps: [taskId.objects, ...images.map(taskId.deliver)],
    onForeseen: true,
    async run(inputs): Promise<ManifestsOutput> {
      const { objects } = inputs.get(taskId.objects) as unknown as ObjectsOutput;
      const references = Object.fromEntries(
        images.map((image) => [image, inputs.get<DeliverOutput>(taskId.deliver(image)).reference]),
      );
      return { text: printManifests(objects.map(({ object }) => withImages(object, references, selectors))) };
    },
  };
}
