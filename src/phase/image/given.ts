/**
 * Images that the user names. The tag is the named one, and no file of an artifact is read. Where the cluster takes
 * images from this machine and its engine has this one, it is delivered as a built one would be; otherwise the
 * reference goes into the manifests unchanged, and the cluster pulls it by itself.
 */
import type { Task } from "../../graph/task.ts";
import { fullName, parseReference } from "../../image/reference.ts";
import { clusterTaskId, taskId } from "../ids.ts";
import { type DeliverOutput, deliverTasks, type ImagePlace } from "./deliver.ts";
import type { EngineOutput } from "./engine.ts";
import type { FoundOutput } from "./found.ts";
import type { TagOutput } from "./tag.ts";

export interface GivenImage {
  /** The name in manifests; an artifact's name where it is one. */
  readonly image: string;
  /** With tag or digest, or both. */
  readonly reference: string;
}

/**
 * Tasks that ask no place.
 * @param scopes of the places that pull it
 */
export function pulledTasks(
  { image, reference }: GivenImage,
  scopes: readonly (string | undefined)[] = [undefined],
): Task[] {
  const found: Task = {
    id: taskId.build(image),
    kind: "look",
    mode: "observe",
    deps: [],
    run: async (): Promise<FoundOutput> => ({ reference }),
  };
  const delivered = scopes.map(
    (scope): Task => ({
      id: clusterTaskId(scope).deliver(image),
      kind: "look",
      mode: "observe",
      deps: [],
      run: async (): Promise<DeliverOutput> => ({ reference }),
    }),
  );
  return [givenTagTask({ image, reference }), found, ...delivered];
}

/** Depends on the tasks of the engine, of each destination and of its listing. */
export function broughtTasks({ image, reference }: GivenImage, places: readonly ImagePlace[]): Task[] {
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
  return [
    givenTagTask({ image, reference }),
    found,
    ...places.flatMap((place) => deliverTasks({ image, repository }, place, { named: false })),
  ];
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
