/**
 * Images that the user names. The tag is what was named, and nothing of an artifact is looked at. Where the cluster
 * takes images from this machine and its engine has this one, it is delivered as a build's would be; in any other case
 * the reference goes into the manifests as it is, and the cluster pulls it by itself.
 */
import type { Task } from "../graph/task.ts";
import type { Destination } from "../image/destination.ts";
import { fullName, parseReference } from "../image/reference.ts";
import { type DeliverOutput, deliverTasks } from "./deliver.ts";
import type { EngineOutput } from "./engine.ts";
import type { FoundOutput } from "./found.ts";
import { taskId } from "./ids.ts";
import type { TagOutput } from "./tag.ts";

export interface GivenImage {
  /** As manifests name it; an artifact's name where it is one. */
  readonly image: string;
  /** With tag or digest, or both. */
  readonly reference: string;
}

/** Asks nobody. */
export function pulledTasks({ image, reference }: GivenImage): Task[] {
  const found: Task = {
    id: taskId.build(image),
    kind: "look",
    mode: "observe",
    deps: [],
    run: async (): Promise<FoundOutput> => ({ reference }),
  };
  const delivered: Task = {
    id: taskId.deliver(image),
    kind: "look",
    mode: "observe",
    deps: [],
    run: async (): Promise<DeliverOutput> => ({ reference }),
  };
  return [givenTagTask({ image, reference }), found, delivered];
}

/** Needs the tasks of the engine, of the destination and of its listing. */
export function broughtTasks({ image, reference }: GivenImage, destination: () => Promise<Destination>): Task[] {
  const found: Task = {
    id: taskId.build(image),
    kind: "look",
    mode: "observe",
    deps: [taskId.engine],
    async run(inputs): Promise<FoundOutput> {
      const imageId = inputs.get<EngineOutput>(taskId.engine).names[fullName(reference)];
      return imageId === undefined ? { reference } : { imageId };
    },
  };
  const repository = parseReference(reference).written;
  return [givenTagTask({ image, reference }), found, ...deliverTasks({ image, repository }, destination, false)];
}

function givenTagTask({ image, reference }: GivenImage): Task {
  return {
    id: taskId.tag(image),
    kind: "tag",
    mode: "observe",
    deps: [],
    async run(_inputs, { emit }): Promise<TagOutput> {
      emit({ type: "tag", artifact: image, reference });
      return { tag: parseReference(reference).tag ?? "", reference, also: [], parts: {} };
    },
  };
}
