/**
 * A place where images must be before the cluster can start them: a registry, the nodes of a local cluster, or the
 * engine itself where the cluster runs on it. Phases use this one interface and do not know how images travel.
 * The place itself is asked which images it has. Delivery sends only what the place lacks.
 */
import type { LocatedImage } from "./holder.ts";

/** An image with its holder; where the holder does not have it any more, the engine may. */
export interface DeliverableImage extends LocatedImage {
  /** The required name in the place: `repo:<image id>` for nodes and shared engines, the tag to push for registries. */
  readonly name: string;
}

/** `reference` is what manifests use; `proof` names the place's answer, for people. */
export type Presence =
  | { readonly present: true; readonly reference: string; readonly proof: string }
  | { readonly present: false; readonly reason: string };

export interface Delivered {
  /** The reference for manifests. */
  readonly reference: string;
  readonly how: "present" | "tagged" | "delta" | "full" | "pushed";
  /** Bytes moved to the place, all nodes together; 0 where nothing moved, absent where the bytes were not counted. */
  readonly bytes?: number;
  readonly seconds: number;
}

export interface Destination extends AsyncDisposable {
  /** Stable between runs, because records of deliveries contain it. */
  readonly id: string;
  readonly kind: "shared-engine" | "nodes" | "registry";
  /** For people: `kind cluster "dev" (2 nodes)`. */
  readonly label: string;
  /** One answer per image, in their order. */
  has(images: readonly DeliverableImage[], signal: AbortSignal): Promise<readonly Presence[]>;
  /**
   * Makes the image startable in the place.
   * @throws Failure in one line where every way failed; then no incomplete image is left under the name
   */
  deliver(image: DeliverableImage, signal: AbortSignal): Promise<Delivered>;
  /** Says that an image will be delivered soon: what has to be asked for it is asked now. Failures show at the delivery. */
  expect?(): void;
  /**
   * Removes names that the caller knows to be its own older ones; missing names are no error. Registries keep theirs.
   */
  forget(names: readonly string[], signal: AbortSignal): Promise<void>;
}

/** One line for the user where a slower way was taken. */
export type Notice = (text: string) => void;
