/** The files that count for a key: the selection of a tree, and single files outside of it. */
export interface Sources {
  /** Absolute path. */
  readonly root: string;
  /**
   * The part of one path. `in`: the path counts, and paths below it may count. `out`: neither the path nor anything
   * below it counts. `parent`: the path counts only if something below it does. Paths are relative to `root` and
   * `/`-separated.
   */
  part(path: string, kind: "file" | "directory" | "symlink"): "in" | "out" | "parent";
  /**
   * A digest of the rules that `part` applies: two sources with one root and equal selections judge every path alike,
   * in any process. Absent where the rules have no digest: every walk then judges every path.
   */
  readonly selection?: string;
  /** Files anywhere that count by their content alone, under a stable name. */
  readonly extra: readonly { readonly name: string; readonly path: string }[];
  /** Absolute directories of which every file counts; `extra` has the files that existed when the sources were made. */
  readonly trees?: readonly { readonly root: string }[];
  /** Absolute paths of files that do not count themselves, but that `part` depends on. */
  readonly rules?: readonly string[];
}
