/**
 * Puts built images into objects by the reference tool's rules: only in the kinds and at the paths of its list, matched
 * by repository whatever the manifest's own tag; a reference with a digest stays. A Docker Hub name in short form
 * equals its full form. Pure.
 */
import type { KubeObject } from "../../cluster/cluster.ts";
import { imageNameOf } from "../../image/ko-name.ts";
import { fullName, readReference } from "../../image/reference.ts";
import { isJsonRecord, type Json } from "../../std/data/json.ts";
import { closest } from "../../std/text/edit-distance.ts";
import { isAmong, type Selectors, transformable } from "./transformable.ts";

/** The project's images that the object names, in the project's form and in order of first use. */
export function imagesIn(object: KubeObject, known: readonly string[], selectors?: Selectors): string[] {
  const used = new Set<string>();
  replaced(object, selectors, (text) => {
    const image = matching(text, known);
    if (image !== undefined) used.add(image);
    return text;
  });
  return [...used];
}

/** The object with every image of `references` (image -> reference) replaced; the same object where it names none. */
export function withImages(
  object: KubeObject,
  references: Readonly<Record<string, string>>,
  selectors?: Selectors,
): KubeObject {
  const known = Object.keys(references);
  return replaced(object, selectors, (text) => {
    const image = matching(text, known);
    return image === undefined ? text : (references[image] ?? text);
  });
}

/** One line for each image that no object uses. */
export function unusedImages(
  known: readonly string[],
  objects: readonly KubeObject[],
  selectors?: Selectors,
): { readonly image: string; readonly message: string }[] {
  const used = new Set<string>();
  const named = new Set<string>();
  for (const object of objects) {
    for (const image of imagesIn(object, known, selectors)) used.add(image);
    replaced(object, selectors, (text) => {
      named.add(text);
      return text;
    });
  }
  return known
    .filter((image) => !used.has(image))
    .map((image) => {
      const near = closest(nameOf(image), [...named].map(nameOf));
      return { image, message: `no manifest uses the image ${image}${near ? `; one names ${near}` : ""}` };
    });
}

/** The known image that a manifest's text refers to; undefined for others, and for a text with a digest. */
function matching(text: string, known: readonly string[]): string | undefined {
  const reference = readReference(imageNameOf(text));
  if (typeof reference === "string" || reference.digest !== undefined) return undefined;
  const exact = known.find((image) => nameOf(image) === reference.written);
  return exact ?? known.find((image) => fullNameOf(image) === fullName(withoutTag(reference)));
}

function withoutTag<T extends { readonly tag?: string }>({ tag: _, ...rest }: T): Omit<T, "tag"> {
  return rest;
}

function nameOf(image: string): string {
  const reference = readReference(imageNameOf(image));
  return typeof reference === "string" ? image : reference.written;
}

function fullNameOf(image: string): string | undefined {
  const reference = readReference(imageNameOf(image));
  return typeof reference === "string" ? undefined : fullName(withoutTag(reference));
}

function replaced(object: KubeObject, selectors: Selectors | undefined, swap: (text: string) => string): KubeObject {
  const where = transformable(object, selectors);
  if (where === undefined) return object;
  const walk = (value: Json, path: string): Json => {
    if (Array.isArray(value)) {
      const items: readonly Json[] = value;
      return changedList(items, (item) => (typeof item === "string" ? item : walk(item, path)));
    }
    if (typeof value === "string") return isAmong(where.images, path, "image") ? swap(value) : value;
    if (!isJsonRecord(value)) return value;
    let result: Record<string, Json> | undefined;
    for (const [field, below] of Object.entries(value)) {
      const now = walk(below, path === "" ? field : `${path}.${field}`);
      if (now !== below) result = { ...(result ?? value), [field]: now };
    }
    return result ?? value;
  };
  return walk(object as unknown as Json, "") as unknown as KubeObject;
}

/** The same list where nothing changed, so that an unchanged object stays identical. */
function changedList(items: readonly Json[], change: (item: Json) => Json): readonly Json[] {
  const now = items.map(change);
  return now.some((item, i) => item !== items[i]) ? now : items;
}
