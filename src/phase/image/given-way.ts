/**
 * How given images get to the clusters of a project: brought from this machine's engine, or pulled by the cluster
 * itself. An image given with its digest is pulled; any other is brought where a cluster takes images from this
 * machine. An engine that does not answer has no image to bring.
 */
import { diagnosticsOf, Failure } from "../../diag/failure.ts";
import type { Event } from "../../event/event.ts";
import { parseReference } from "../../image/reference.ts";
import type { Target } from "../../image/target.ts";
import type { GivenImage } from "./given.ts";

export interface GivenWays {
  readonly brought: readonly GivenImage[];
  readonly pulled: readonly GivenImage[];
  /**
   * Whether a registry is asked for artifacts without an image: a cluster of this machine gets them from the engine.
   */
  readonly asksRegistry: boolean;
}

/**
 * Asks no engine and no destination where every image is given with its digest.
 * @param missing whether artifacts without an image must be found as well: then an engine is needed
 */
export async function givenWays(
  images: readonly GivenImage[],
  missing: boolean,
  places: readonly { delivers(): Promise<Target> }[],
  emit: (event: Event) => void,
  signal: AbortSignal,
): Promise<GivenWays> {
  const byTag = images.filter(({ reference }) => parseReference(reference).digest === undefined);
  if (!missing && byTag.length === 0) return { brought: [], pulled: images, asksRegistry: false };
  const kinds = await Promise.all(
    places.map(async (place) => (missing ? (await place.delivers()).kind : await kindIfKnown(place, emit, signal))),
  );
  const brought = kinds.every((kind) => kind === "registry") ? [] : byTag;
  return {
    brought,
    pulled: images.filter((one) => !brought.includes(one)),
    asksRegistry: missing && kinds.includes("registry"),
  };
}

async function kindIfKnown(
  place: { delivers(): Promise<Target> },
  emit: (event: Event) => void,
  signal: AbortSignal,
): Promise<Target["kind"]> {
  try {
    return (await place.delivers()).kind;
  } catch (thrown) {
    if (signal.aborted || !(thrown instanceof Failure)) throw thrown;
    const why = diagnosticsOf(thrown)[0]?.message ?? "";
    emit({ type: "notice", level: "info", text: `the cluster pulls the given images by itself: ${why}` });
    return "registry";
  }
}
