/**
 * Records in the image book which images devloop makes and names, from the events of a run. A failed write is no
 * failure of the run: the image then counts as foreign and stays.
 */
import type { Event } from "../../event/event.ts";
import type { ImageBook } from "../../store/records/images.ts";

export interface ImageNotes extends AsyncDisposable {
  /** Must be called with every event. */
  readonly hear: (event: Event) => void;
}

/**
 * @param project the present project of the run
 * @param engineId called once, when the first image is named
 * Disposing waits until everything is written.
 */
export function noteImages(book: ImageBook, project: () => string, engineId: () => Promise<string>): ImageNotes {
  let writing: Promise<unknown> = Promise.resolve();
  let engine: Promise<string> | undefined;
  const placeOf = async (place: "engine" | { readonly nodes: string }) => {
    if (place !== "engine") return place.nodes;
    engine ??= engineId().catch((thrown: unknown) => {
      engine = undefined;
      throw thrown;
    });
    return engine;
  };
  return {
    hear(event) {
      if (event.type !== "image-named") return;
      const { imageId: id, artifact, names } = event;
      const made = { id, project: project(), artifact, names };
      const note = async () => book.note({ ...made, place: await placeOf(event.place) });
      writing = writing.then(note).catch(() => undefined);
    },
    async [Symbol.asyncDispose]() {
      await writing;
    },
  };
}
