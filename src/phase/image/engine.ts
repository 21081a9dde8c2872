/**
 * What the engine, the places where builds left their results, and the destinations hold of what was built before: the
 * proof on which a build is not done again. All are asked, never guessed; an image gone from the engine but present wherever it has to be is no rebuild.
 */
import { Failure } from "../../diag/failure.ts";
import type { Task } from "../../graph/task.ts";
import type { Engine } from "../../image/engine/engine.ts";
import { listImages } from "../../image/engine/engine-image.ts";
import type { Holder } from "../../image/holder.ts";
import { contentReference, fullName, type ImageId } from "../../image/reference.ts";
import { holderWords, type Sources } from "../../image/source/open-source.ts";
import { clusterTaskId, taskId } from "../ids.ts";
import type { ArtifactWork } from "./artifact.ts";
import type { BuildOutput } from "./build.ts";
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

/**
 * `where` is for people. `from`: what it can be had from: the engine, where a build left it (`holder`), or only the places
 * where clusters start it, from which it can be brought nowhere else.
 */
export type Held = { readonly where: string; readonly from: "engine" | "holder" | "places" };

/** By image id. Ids that are nowhere are absent. */
export type HeldOutput = Readonly<Record<string, Held>>;

/** @param needed whether a build works in the engine; where none does, one that cannot be reached has no images */
export function engineTask(engine: Engine, needed = true): Task {
  return {
    id: taskId.engine,
    kind: "look",
    mode: "observe",
    deps: [],
    async run(_inputs, { signal }): Promise<EngineOutput> {
      const images = await listImages(engine, {}, signal).catch((thrown: unknown) => {
        if (needed || signal.aborted || !(thrown instanceof Failure)) throw thrown;
        return [];
      });
      const names = images.flatMap(({ id, tags }) => tags.map((tag) => [fullName(tag), id] as const));
      const made = images.filter(({ digests }) => digests.length === 0).flatMap(({ tags }) => tags.map(fullName));
      return { ids: images.map(({ id }) => id), names: Object.fromEntries(names), made };
    },
  };
}

/**
 * @param recorded what earlier builds of the artifact gave
 * @param sources asked for what the engine lacks
 * @param places where it has to be, when that is known; asked only for images that can be had nowhere else. What one of them lacks
 *   as well can be brought there by nobody, so only what all of them have is held.
 */
export function heldTask(
  artifact: ArtifactWork,
  recorded: () => Promise<readonly BuildOutput[]>,
  sources: Sources,
  places: readonly ImagePlace[],
): Task {
  return {
    id: taskId.held(artifact.image),
    kind: "look",
    mode: "observe",
    deps: [taskId.engine, ...places.map(({ scope }) => clusterTaskId(scope).destination)],
    async run(inputs, { signal }): Promise<HeldOutput> {
      const { ids } = inputs.get<EngineOutput>(taskId.engine);
      const held = new Map<string, Held>();
      const candidates = await recorded();
      for (const { imageId } of candidates)
        if (ids.includes(imageId)) held.set(imageId, { where: "in the engine", from: "engine" });
      for (const { imageId, holder } of candidates)
        if (holder !== undefined && !held.has(imageId) && (await isAt(sources, holder, imageId as ImageId, signal)))
          held.set(imageId, { where: holderWords(holder), from: "holder" });
      const lacking = [...new Set(candidates.map(({ imageId }) => imageId as ImageId))].filter((id) => !held.has(id));
      if (lacking.length === 0 || places.length === 0) return Object.fromEntries(held);
      const all = await Promise.all(places.map(({ destination }) => destination()));
      if (all.some(({ kind }) => kind === "registry")) return Object.fromEntries(held);
      const asked = lacking.map((id) => ({ id, name: contentReference(artifact.repository, id) }));
      const answers = await Promise.all(all.map((place) => place.has(asked, signal)));
      const there = lacking.flatMap((id, i) => {
        const proofs = answers.map((answer) => answer[i]).flatMap((one) => (one?.present ? [one.proof] : []));
        return proofs.length === places.length ? [[id, { where: proofs.join(" and "), from: "places" }] as const] : [];
      });
      return Object.fromEntries([...held, ...there]);
    },
  };
}

/** What cannot be read is not there: a build puts it there anew. */
async function isAt(sources: Sources, holder: Holder, id: ImageId, signal: AbortSignal): Promise<boolean> {
  try {
    return (await sources.open(holder, id, signal)) !== undefined;
  } catch (thrown) {
    if (signal.aborted || !(thrown instanceof Failure)) throw thrown;
    return false;
  }
}
