/**
 * Which of devloop's own images are removed from a place: never one in use, never the latest ones of an artifact; of
 * the others those unused for long, and then the longest unused until the size fits. Pure.
 */

/** One image at one place. */
export interface ListedImage {
  readonly id: string;
  /** Names that devloop gave it there, and that still belong to it. */
  readonly names: readonly string[];
  /** Artifacts that it was built for, with their projects: `made` of the image book. */
  readonly made: readonly { readonly project: string; readonly artifact: string }[];
  /** Milliseconds since the epoch. */
  readonly usedAt: number;
  /** Bytes that are freed with it, as far as the place tells. */
  readonly bytes: number;
  /** The user of the image: `the container web`. */
  readonly usedBy?: string | undefined;
}

export interface Bounds {
  /** How many images of each artifact stay, the latest used. */
  readonly keep: number;
  /** Other images are removed once they are unused for longer. */
  readonly ageMs: number;
  /** Other images are removed, the longest unused first, while all images together are larger. */
  readonly bytes: number;
}

const dayMs = 24 * 60 * 60 * 1000;

/** Enough for a project that alternates between a few states. */
export const usualBounds: Bounds = { keep: 3, ageMs: 2 * dayMs, bytes: 20_000_000_000 };

export interface Choice {
  readonly image: ListedImage;
  /** Why it is removed or stays, as the end of a sentence about it. */
  readonly why: string;
  readonly goes: boolean;
}

/** Choices in the order of use, the latest first. */
export function choose(images: readonly ListedImage[], bounds: Bounds, now: number): readonly Choice[] {
  const byUse = [...images].sort((a, b) => b.usedAt - a.usedAt);
  const counts = new Map<string, number>();
  let total = 0;
  return byUse.map((image): Choice => {
    const isLatest = image.made
      .map((one) => rank(counts, `${one.project}\n${one.artifact}`))
      .some((n) => n < bounds.keep);
    const isOld = now - image.usedAt > bounds.ageMs;
    const isFree = image.usedBy === undefined && !isLatest;
    const goes = isFree && (isOld || total + image.bytes > bounds.bytes);
    if (!goes) total += image.bytes;
    return { image, goes, why: goes ? (isOld ? "unused for long" : "over the size") : whyNot(image, isLatest) };
  });
}

function whyNot({ usedBy }: ListedImage, isLatest: boolean): string {
  if (usedBy !== undefined) return `used by ${usedBy}`;
  return isLatest ? "among the latest of its artifact" : "used a short time ago";
}

function rank(counts: Map<string, number>, group: string): number {
  const n = counts.get(group) ?? 0;
  counts.set(group, n + 1);
  return n;
}
