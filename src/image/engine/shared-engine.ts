/**
 * A cluster that runs on the building engine: an image in the engine is in the cluster. Delivery only gives a name, so
 * that manifests can use the same content reference as everywhere; an image in an archive is loaded.
 */
import type { Destination } from "../destination.ts";
import { goneImage } from "../node/send-full.ts";
import type { Sources } from "../source/open-source.ts";
import type { SharedTarget } from "../target.ts";
import type { Engine } from "./engine.ts";
import { inspectImage, tagImage, untagImage } from "./engine-image.ts";
import { loadFromHolder } from "./load-source.ts";

export function sharedEngineDestination(engine: Engine, target: SharedTarget, sources: Sources): Destination {
  return {
    id: target.id,
    kind: "shared-engine",
    label: target.label,
    has: (images, signal) =>
      Promise.all(
        images.map(async (image) => {
          const found = await inspectImage(engine, image.name, signal);
          return found?.id === image.id
            ? { present: true, reference: image.name, proof: "the cluster's own engine has it" }
            : { present: false, reason: "the cluster's own engine does not have it under this name" };
        }),
      ),
    async deliver(image, signal) {
      const started = performance.now();
      const seconds = () => (performance.now() - started) / 1000;
      const found = await inspectImage(engine, image.id, signal);
      if (found === undefined) {
        const bytes = await loadFromHolder(engine, sources, image, [image.name], signal);
        if (bytes === undefined) throw goneImage(image);
        return { reference: image.name, how: "full", bytes, seconds: seconds() };
      }
      if ((await inspectImage(engine, image.name, signal))?.id === image.id)
        return { reference: image.name, how: "present", bytes: 0, seconds: seconds() };
      await tagImage(engine, image.id, image.name, signal);
      return { reference: image.name, how: "tagged", bytes: 0, seconds: seconds() };
    },
    async forget(names, signal) {
      for (const name of names) await untagImage(engine, name, signal);
    },
    [Symbol.asyncDispose]: async () => {},
  };
}
