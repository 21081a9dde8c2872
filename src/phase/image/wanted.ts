/**
 * The wanted tasks of a pass where a project deploys to several clusters: all, except for images that one module builds
 * and another one may use in another cluster. These are brought there where an object of that cluster names them.
 */
import type { Module } from "../../config/project.ts";
import type { TaskId } from "../../graph/task.ts";
import { clusterTaskId } from "../ids.ts";

interface Place {
  readonly scope: string | undefined;
  readonly modules: readonly Module[];
}

interface BuiltImage {
  readonly image: string;
  readonly module: Module;
}

/** The places that the module of an artifact deploys to. */
export function placesOf<P extends Place>(places: readonly P[], { module }: Pick<BuiltImage, "module">): readonly P[] {
  return places.filter(({ modules }) => modules.includes(module));
}

/** A part of the request for the pass: absent where everything is wanted. */
export function wantedTasks(
  places: readonly Place[],
  artifacts: readonly BuiltImage[],
  tasks: readonly { readonly id: TaskId }[],
): { readonly wanted?: readonly TaskId[] } {
  if (places.length < 2) return {};
  const onDemand = new Set(
    artifacts.flatMap((artifact) => {
      const own = placesOf(places, artifact);
      const elsewhere = places.filter((place) => !own.includes(place));
      return elsewhere.flatMap(({ scope }) => {
        const ids = clusterTaskId(scope);
        return [ids.deliver(artifact.image), ids.presence(artifact.image)];
      });
    }),
  );
  return { wanted: tasks.map(({ id }) => id).filter((id) => !onDemand.has(id)) };
}
