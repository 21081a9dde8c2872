/**
 * The text of `devloop cache`: the places with devloop's images, which images are removed and why, and the store's
 * size.
 */
import { bytes, count } from "./words.ts";

export interface CacheImage {
  readonly id: string;
  readonly artifacts: readonly string[];
  readonly bytes: number;
  readonly goes: boolean;
  readonly why: string;
}

export interface CachePlace {
  readonly label: string;
  readonly images: readonly CacheImage[];
}

export interface CacheView {
  readonly places: readonly CachePlace[];
  readonly unknown: readonly { readonly label: string; readonly why: string }[];
  readonly store: {
    readonly cacheDir: string;
    readonly bytes: number;
    /** Bytes by topic. */
    readonly parts: Readonly<Record<string, number>>;
  };
  /** Records, logs and indexes that were removed. */
  readonly collected?: { readonly files: number; readonly bytes: number } | undefined;
}

/** How many images of a place are listed. */
const mostListed = 20;

/** @param doing `told`: what exists; `done`: what was removed; `planned`: what would be removed */
export function cacheLines(view: CacheView, doing: "told" | "done" | "planned"): string[] {
  const { places, unknown, store, collected } = view;
  const going = places.flatMap(({ images }) => images.filter(({ goes }) => goes));
  const lines = places.flatMap((place) => placeLines(place, doing));
  for (const { label, why } of unknown) lines.push(`${label}: not known: ${why}`);
  const parts = Object.entries(store.parts)
    .filter(([, size]) => size > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([name, size]) => `${name} ${bytes(size)}`);
  lines.push(
    `the store in ${store.cacheDir}: ${bytes(store.bytes)}${parts.length > 0 ? ` (${parts.join(", ")})` : ""}`,
  );
  const those = `${count(going.length, "image")}, ${bytes(sum(going))}`;
  if (doing === "done") {
    lines.push(`removed ${those}`);
    if (collected) lines.push(`removed ${count(collected.files, "file")} of the store, ${bytes(collected.bytes)}`);
  } else if (doing === "planned") lines.push(`would remove ${those}`);
  else if (going.length > 0) lines.push(`devloop cache prune would remove ${those}`);
  return lines;
}

function placeLines({ label, images }: CachePlace, doing: "told" | "done" | "planned"): string[] {
  const shown = doing === "told" ? images : images.filter(({ goes }) => goes);
  const verb = { told: "", done: "removed ", planned: "would remove " }[doing];
  const lines = shown
    .slice(0, mostListed)
    .map(
      ({ id, artifacts, bytes: size, why }) =>
        ` - ${verb}${artifacts.join(", ")} ${id.slice(7, 19)} (${bytes(size)}): ${why}`,
    );
  if (shown.length > mostListed) lines.push(` - and ${shown.length - mostListed} more`);
  return [`${label}: ${count(images.length, "image")} made by devloop, ${bytes(sum(images))}`, ...lines];
}

function sum(images: readonly CacheImage[]): number {
  return images.reduce((total, image) => total + image.bytes, 0);
}
