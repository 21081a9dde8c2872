/**
 * The destination of a changed file in an artifact's containers, and the rule that gives it. Sync rules and builders
 * decide it, and the classifier of changes asks for it. A file without a certain destination is not synced; `why` shows
 * the reason.
 */
import type { PathKind } from "./builder.ts";

/** The present kind of a path; `gone`: it does not exist. */
export type ChangeKind = PathKind | "gone";

export type Placement =
  | {
      readonly kind: "placed";
      /** The rule in the user's form: `sync.manual "static/**"`. */
      readonly rule: string;
      /** Absolute, clean, never empty and never the root. */
      readonly destinations: readonly string[];
    }
  | { readonly kind: "unplaced"; readonly why: string };

/** Called for a path relative to the context that counts for the artifact. */
export type Placer = (path: string, kind: ChangeKind) => Placement;

/**
 * The files of a source tree that the build sees, by path without a leading slash; the empty path is the tree itself.
 */
export interface TreeView {
  exists(path: string): boolean;
  children(directory: string): readonly string[];
}

export function unplaced(why: string): Placement {
  return { kind: "unplaced", why };
}
