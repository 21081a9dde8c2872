/**
 * What the engine and the destination hold of what was built before: the proof on which a build is not done again.
 * Both are asked, never guessed; an image gone from the engine but present wherever it has to be is no rebuild.
 */
import type { Task } from "../../graph/task.ts";
import type { Engine } from "../../image/engine/engine.ts";
import { listImages } from "../../image/engine/engine-image.ts";
import { contentReference, fullName, type ImageId } from "../../image/reference.ts";
import { clusterTaskId, taskId } from "../ids.ts";
import type { ArtifactWork } from "./artifact.ts";
import type { ImagePlace } from "./deliver.ts";

/**
 * Names are written out in full (`docker.io/library/web:v1`). `made`: those of images that came from no registry and
 * went to none; engines with containerd's image store do not tell them apart.
 */
export type EngineOutput = {
  readonly ids: readonly string[];
  readonly names: Readonly<Record<string, string>>;
  readonly made: readonly string[];
};

/** Image id -> where it is. Ids that are nowhere are absent. */
export type HeldOutput = Readonly<Record<string, string>>;

export function engineTask(engine: Engine): Task {
  return {
    id: taskId.engine,
    kind: "look",
    mode: "observe",
    deps: [],
    async run(_inputs, { signal }): Promise<EngineOutput> {
      const images = await listImages(engine, {}, signal);
      const names = images.flatMap(({ id, tags }) => tags.map((tag) => [fullName(tag), id] as const));
      const made = images.filter(({ digests }) => digests.length === 0).flatMap(({ tags }) => tags.map(fullName));
      return { ids: images.map(({ id }) => id), names: Object.fromEntries(names), made };
    },
  };
}

/**
 * @param recorded image ids that earlier builds of the artifact gave
 * @param places where it has to be, when that is known; asked only for ids that the engine lacks. What one of them lacks
 *   as well can be brought there by nobody, so only what all of them have is held.
 */
export function heldTask(
  artifact: ArtifactWork,
  recorded: () => Promise<readonly string[]>,
  places: readonly ImagePlace[],
): Task {
  return {
    id: taskId.held(artifact.image),
    kind: "look",
    mode: "observe",
    deps: [taskId.engine, ...places.map(({ scope }) => clusterTaskId(scope).destination)],
    async run(inputs, { signal }): Promise<HeldOutput> {
      const { ids } = inputs.get<EngineOutput>(taskId.engine);
      const candidates = await recorded();
      const here = candidates.filter((id) => ids.includes(id));
      const held = here.map((id) => [id, "in the engine"] as const);
      const lacking = candidates.filter((id) => !ids.includes(id)) as ImageId[];
      if (lacking.length === 0 || places.length === 0) return Object.fromEntries(held);
      const all = await Promise.all(places.map(({ destination }) => destination()));
      if (all.some(({ kind }) => kind === "registry")) return Object.fromEntries(held);
      const asked = lacking.map((id) => ({ id, name: contentReference(artifact.repository, id) }));
      const answers = await Promise.all(all.map((place) => place.has(asked, signal)));
      const there = lacking.flatMap((id, i) => {
        const proofs = answers.map((answer) => answer[i]).flatMap((one) => (one?.present ? [one.proof] : []));
        return proofs.length === places.length ? [[id, proofs.join(" and ")] as const] : [];
      });
      return Object.fromEntries([...held, ...there]);
    },
  };
}
