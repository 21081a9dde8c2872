import { expect, test } from "bun:test";
import type { Event } from "../../../src/event/event.ts";
import { noteImages } from "../../../src/image/own/note.ts";
import type { ImageBook, NotedImage } from "../../../src/store/records/images.ts";

const named = (place: "engine" | { readonly nodes: string }, names: readonly string[]): Event => ({
  type: "image-named",
  artifact: "web",
  imageId: "sha256:a",
  place,
  names,
});

test("every name is noted with its place, the engine's asked for once; everything is written at the end", async () => {
  const noted: NotedImage[] = [];
  let asked = 0;
  const book = { note: async (image: NotedImage) => void noted.push(image) } as unknown as ImageBook;
  {
    await using notes = noteImages(
      book,
      () => "shop",
      async () => {
        asked++;
        return "engine:x";
      },
    );
    notes.hear(named("engine", ["web:1"]));
    notes.hear({ type: "watching" });
    notes.hear(named({ nodes: "nodes:y" }, ["web:2"]));
    notes.hear(named("engine", ["web:3"]));
    expect(noted).toEqual([]);
  }
  const of = { id: "sha256:a", project: "shop", artifact: "web" };
  expect(noted).toEqual([
    { ...of, place: "engine:x", names: ["web:1"] },
    { ...of, place: "nodes:y", names: ["web:2"] },
    { ...of, place: "engine:x", names: ["web:3"] },
  ]);
  expect(asked).toBe(1);
});

test("what cannot be written ends nothing, and an engine that did not answer is asked again", async () => {
  const noted: string[] = [];
  let asked = 0;
  const book = {
    async note({ names: [name = ""] }: NotedImage) {
      if (name === "web:2") throw new Error("the disk is full");
      noted.push(name);
    },
  } as unknown as ImageBook;
  {
    await using notes = noteImages(
      book,
      () => "shop",
      async () => {
        if (asked++ === 0) throw new Error("no engine");
        return "engine:x";
      },
    );
    for (const name of ["web:1", "web:2", "web:3"]) notes.hear(named("engine", [name]));
  }
  expect(noted).toEqual(["web:3"]);
});
