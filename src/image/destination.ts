/**
 * A place where images have to be before the cluster can start them: a registry, the nodes of a local cluster, or the
 * engine itself where the cluster runs on it. One interface, so that no phase knows how images travel.
 *
 * Presence is asked from the place itself. Delivery sends what the place lacks, and nothing where it lacks nothing.
 */
import type { LocatedImage } from "./holder.ts";

/** With what it can be read from; where that has it no more, the engine may. */
export interface DeliverableImage extends LocatedImage {
  /**
   * The name it must have there: `repo:<image id>` for nodes and shared engines, the tag to push for registries.
   */
  readonly name: string;
}

/** `reference` is what manifests use; `proof` is for people: who said so, and what. */
export type Presence =
  | { readonly present: true; readonly reference: string; readonly proof: string }
  | { readonly present: false; readonly reason: string };

export interface Delivered {
  /** What manifests use. */
  readonly reference: string;
  readonly how: "present" | "tagged" | "delta" | "full" | "pushed";
  /** Moved to the place, all nodes together; 0 where nothing moved, absent where nobody counted. */
  readonly bytes?: number;
  readonly seconds: number;
}

export interface Destination extends AsyncDisposable {
  /** Stable between runs: part of the records of deliveries. */
  readonly id: string;
  readonly kind: "shared-engine" | "nodes" | "registry";
  /** For people: `kind cluster "dev" (2 nodes)`. */
  readonly label: string;
  /** One answer per image, in their order. */
  has(images: readonly DeliverableImage[], signal: AbortSignal): Promise<readonly Presence[]>;
  /**
   * Makes the image startable there.
   * @throws Failure in one line where every way failed; then no half image is left under the name.
   */
  deliver(image: DeliverableImage, signal: AbortSignal): Promise<Delivered>;
  /** Says that an image will be delivered soon: what has to be asked for it is asked now. Failures show at the delivery. */
  expect?(): void;
  /** Removes names that the caller knows to be its own older ones; missing ones are no error. Registries keep theirs. */
  forget(names: readonly string[], signal: AbortSignal): Promise<void>;
}

/** One line for the user where a slower path was taken. */
export type Notice = (text: string) => void;
