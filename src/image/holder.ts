/**
 * What holds an image: an image is its id, which is its config's digest, plus the places that hold it. A builder says
 * where it left its result, and the record of a build keeps that. Nothing here says that the image is still there.
 */
import type { ImageId } from "./reference.ts";

/** An OCI layout or a docker-archive on this machine. */
export type ArchiveHolder = {
  readonly kind: "archive";
  /** Absolute: a folder with an OCI layout, or a tar with an OCI layout or of `docker save`. */
  readonly path: string;
  /** Digest of the image's manifest in an OCI layout; absent: the archive has one image for the platform. */
  readonly manifest?: string;
};

export type RegistryHolder = {
  readonly kind: "registry";
  /** `repository@sha256:...` */
  readonly reference: string;
};

/** A place that an image can be read from without an engine, layer by layer. */
export type Holder = ArchiveHolder | RegistryHolder;

/** An image where it can be found. Absent holder: the engine. */
export interface LocatedImage {
  readonly id: ImageId;
  readonly holder?: Holder;
}
