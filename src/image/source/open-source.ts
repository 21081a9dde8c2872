/** Opens an image at its holder; the holder is asked again for each image that is brought to a place. */
import { unreachable } from "../../std/unreachable.ts";
import { openArchive } from "../archive/open-archive.ts";
import type { Holder } from "../holder.ts";
import { type ImageId, parseReference } from "../reference.ts";
import type { Registry } from "../registry/registry.ts";
import { openRegistryImage, type RegistryRead } from "../registry/registry-source.ts";
import type { ImageSource } from "./image-source.ts";

export interface Sources {
  /**
   * Undefined where the image is gone, or another one is in its place.
   * @throws Failure where the holder is damaged or cannot be reached
   */
  open(holder: Holder, id: ImageId, signal: AbortSignal): Promise<ImageSource | undefined>;
}

export interface Holders {
  /**
   * Whether the holder has the image, without reading its layers.
   * @throws Failure where the holder is damaged or cannot be reached
   */
  holds(holder: Holder, id: ImageId, signal: AbortSignal): Promise<boolean>;
}

export function sourcesOver(registry: RegistryRead & Pick<Registry, "digest">): Sources & Holders {
  return {
    async holds(holder, id, signal) {
      if (holder.kind === "archive") return (await openArchive(holder))?.id === id;
      // The reference has the digest, so whatever the registry has under it is the image.
      return (await registry.digest(parseReference(holder.reference), signal)) !== undefined;
    },
    async open(holder, id, signal) {
      const source = await opened(registry, holder, signal);
      return source?.id === id ? source : undefined;
    },
  };
}

function opened(registry: RegistryRead, holder: Holder, signal: AbortSignal): Promise<ImageSource | undefined> {
  switch (holder.kind) {
    case "archive":
      return openArchive(holder);
    case "registry":
      return openRegistryImage(registry, parseReference(holder.reference), signal);
    default:
      return unreachable(holder);
  }
}

/** The holder of an image, for people. */
export function holderWords(holder: Holder): string {
  return holder.kind === "archive" ? `in the archive ${holder.path}` : `in its registry as ${holder.reference}`;
}
