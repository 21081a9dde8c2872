/**
 * Where images of earlier builds are now: in the engine, in the place where the build left them, or in destinations.
 * This is the proof on which a build is not done again. All of these are asked; an image that is gone from the engine
 * but in every place that needs it is not built again.
 */
import { Failure } from "../../diag/failure.ts";
import type { Task } from "../../graph/task.ts";
import type { Engine } from "../../image/engine/engine.ts";
import { listImages } from "../../image/engine/engine-image.ts";
import type { Holder } from "../../image/holder.ts";
import { contentReference, fullName, type ImageId } from "../../image/reference.ts";
import { type Holders, holderWords } from "../../image/source/open-source.ts";
import { clusterTaskId, taskId } from "../ids.ts";
import type { ArtifactWork } from "./artifact.ts";
import type { BuildOutput } from "./build.ts";
import type { ImagePlace } from "./deliver.ts";

/**
 * Names are written out in full (`docker.io/library/web:v1`). `made`: names of images that came from no registry and
 * went to none; engines with containerd's image store do not distinguish them.
 */
export type EngineOutput = {
  readonly ids: readonly string[];
  readonly names: Readonly<Record<string, string>>;
  readonly made: readonly string[];
};

/**
 * `where` is for people. `from`: where the image can be read: the engine, the place where a build left it (`holder`),
 * or only the places where clusters start it, from which it cannot be brought elsewhere.
 */
export type ImageLocation = { readonly where: string; readonly from: "engine" | "holder" | "places" };

/** By image id. Ids that are nowhere are absent. */
export type LocationsOutput = Readonly<Record<string, ImageLocation>>;

/**
 * @param needed whether a build works in the engine; where none does, an engine that cannot be reached has no images
 */
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
 * @param recorded outputs of earlier builds of the artifact
 * @param holders asked for what the engine lacks
 * @param places the places that need the image, where they are known; asked only for images that are nowhere else. An
 * image counts only where all of them have it, because it cannot be brought to one that lacks it.
 */
export function locateTask(
  artifact: ArtifactWork,
  recorded: () => Promise<readonly BuildOutput[]>,
  holders: Holders,
  places: readonly ImagePlace[],
): Task {
  return {
    id: taskId.held(artifact.image),
    kind: "look",
    mode: "observe",
    deps: [taskId.engine, ...places.map(({ scope }) => clusterTaskId(scope).destination)],
    async run(inputs, { signal }): Promise<LocationsOutput> {
      const { ids } = inputs.get<EngineOutput>(taskId.engine);
      const held = new Map<string, ImageLocation>();
      const candidates = await recorded();
      for (const { imageId } of candidates)
        if (ids.includes(imageId)) held.set(imageId, { where: "in the engine", from: "engine" });
      const left = candidates.flatMap(({ imageId, holder }) =>
        holder === undefined || held.has(imageId) ? [] : [{ id: imageId as ImageId, holder }],
      );
      const found = await Promise.all(
        left.slice(0, mostLeft).map(async (one) => ((await isAt(holders, one, signal)) ? [one] : [])),
      );
      for (const { id, holder } of found.flat()) held.set(id, { where: holderWords(holder), from: "holder" });
      const asking = candidates.filter(({ holder }, i) => holder === undefined || i < mostAsked);
      const lacking = [...new Set(asking.map(({ imageId }) => imageId as ImageId))].filter((id) => !held.has(id));
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

/**
 * Of images that their builds left elsewhere, which go from there long before the nodes are asked for them no more. Enough
 * for a project that goes back and forth between a few states.
 */
const mostAsked = 8;
/** Each is a look at an archive, or a request to a registry. */
const mostLeft = 16;

/** An image that cannot be read counts as missing: a build puts it there again. */
async function isAt(
  holders: Holders,
  { id, holder }: { readonly id: ImageId; readonly holder: Holder },
  signal: AbortSignal,
): Promise<boolean> {
  try {
    return await holders.holds(holder, id, signal);
  } catch (thrown) {
    if (signal.aborted || !(thrown instanceof Failure)) throw thrown;
    return false;
  }
}
