/**
 * Writes down in the store's book which images devloop makes and names, from the events of a run. What could not be
 * written is no failure of the run: the image is then taken for somebody else's, and stays.
 */
import type { Event } from "../../event/event.ts";
import type { ImageBook } from "../../store/records/images.ts";

export interface ImageNotes extends AsyncDisposable {
  /** To be told every event. */
  readonly hear: (event: Event) => void;
}

/**
 * @param project the one that the run is for now; @param engineId asked once, when the first image is named
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
