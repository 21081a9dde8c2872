/** The files that count for a key, as far as the store has to know: what a walk takes, and what stands beside the tree. */
export interface Sources {
  /** Absolute. */
  readonly root: string;
  /**
   * How one path takes part. `in`: it counts, and so may what is below it. `out`: neither it nor anything below.
   * `parent`: it counts only if something below it does. Paths are relative to `root` and `/`-separated.
   */
  part(path: string, kind: "file" | "directory" | "symlink"): "in" | "out" | "parent";
  /**
   * A digest of the rules that `part` applies: two sources with one root and equal selections judge every path alike, in
   * whatever process. Absent where nobody can say; every path is then judged in every look.
   */
  readonly selection?: string;
  /** Files anywhere that count by their content alone, under a stable name. */
  readonly extra: readonly { readonly name: string; readonly path: string }[];
  /** Absolute directories of which every file counts: `extra` has those that were there when the sources were read. */
  readonly trees?: readonly { readonly root: string }[];
  /** Absolute paths that do not count themselves, but by which `part` judges. */
  readonly rules?: readonly string[];
}
