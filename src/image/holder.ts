/**
 * Where an image can be read. An image is its id (the digest of its config) plus the places that hold it. A builder
 * names the holder of its result, and the record of a build keeps it. The image may have been removed from its holder
 * since.
 */
import type { ImageId } from "./reference.ts";

/** An OCI layout or a docker-archive on this machine. */
export type ArchiveHolder = {
  readonly kind: "archive";
  /** Absolute path of a folder with an OCI layout, or of a tar with an OCI layout or from `docker save`. */
  readonly path: string;
  /** Digest of the image's manifest in an OCI layout; absent: the archive has one image for the platform. */
  readonly manifest?: string;
};

export type RegistryHolder = {
  readonly kind: "registry";
  /** `repository@sha256:...` */
  readonly reference: string;
};

/** A place from which an image can be read layer by layer without an engine. */
export type Holder = ArchiveHolder | RegistryHolder;

/** An image with its holder. Absent holder: the engine. */
export interface LocatedImage {
  readonly id: ImageId;
  readonly holder?: Holder;
}
