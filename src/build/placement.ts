/**
 * Where a changed file of an artifact goes in its containers, and by which rule: what sync rules and builders decide
 * and the classifier of changes asks. A file that has no sure place is not synced; the reason is kept for `why`.
 */
import type { PathKind } from "./builder.ts";

/** What a path is now; `gone`: nothing is there. */
export type ChangeKind = PathKind | "gone";

export type Placement =
  | {
      readonly kind: "placed";
      /** As a user finds it again: `sync.manual "static/**"`. */
      readonly rule: string;
      /** Absolute, clean, never empty and never the root. */
      readonly destinations: readonly string[];
    }
  | { readonly kind: "unplaced"; readonly why: string };

/** Asked for a path relative to the context that counts for the artifact. */
export type Placer = (path: string, kind: ChangeKind) => Placement;

/** The files of a source tree that the build sees, by path without a leading slash; the tree itself is empty text. */
export interface TreeView {
  exists(path: string): boolean;
  children(directory: string): readonly string[];
}

export function unplaced(why: string): Placement {
  return { kind: "unplaced", why };
}
