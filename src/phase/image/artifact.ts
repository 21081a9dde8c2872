/**
 * An artifact for the graph, whatever its builder: how to read its inputs, the parts of its key, its tag, and how to
 * build it. Made once from the config; tasks know nothing else of the artifact.
 */
import type { BaseImages, Builder, Required } from "../../build/builder.ts";
import type { TaskContext, Watch, WatchedFiles } from "../../graph/task.ts";
import type { Holder } from "../../image/holder.ts";
import type { JsonRecord } from "../../std/data/json.ts";
import type { TreeMark } from "../../store/tree/mark.ts";

/** Replaces `{{.IMAGE_TAG}}` in a key whose tag derives from the key itself. */
export const symbolicTag = "{{.IMAGE_TAG}}";

export interface HashHow {
  /** Absolute paths: all that changed since the last call. Absent: any file may have changed. */
  readonly changed?: ReadonlySet<string>;
  /** Called with what counts before the files are read. Resolves when these files are watched. */
  watch?(files: Watch): Promise<void>;
}

export interface ArtifactWork {
  /** The name in manifests. */
  readonly image: string;
  /** The name everywhere else: after `--default-repo`. */
  readonly repository: string;
  readonly requires: readonly { readonly image: string; readonly alias: string }[];
  /** Where the images that it requires must be for its build. */
  readonly readsRequired: Builder["readsRequired"];
  /** Whether its builds need the engine. */
  readonly needsEngine: boolean;
  /** Whether the tag derives from the key (`sha256`, `inputDigest`): then the key is made with a symbolic tag. */
  readonly tagFromKey: boolean;
  /** The files that may count before its own files have been read. */
  readonly over: WatchedFiles;
  /** Every input with its type, mode and content, as a tree. */
  hash(signal: AbortSignal, how?: HashHow): Promise<TreeMark>;
  /** The named parts of the build key, without files. `tag` replaces the tag in build args. */
  parts(tag: string, signal: AbortSignal): Promise<JsonRecord>;
  /** The same without anything of this machine, so that a tag made from it is the same everywhere. Never recorded. */
  sharedParts(tag: string, signal: AbortSignal): Promise<JsonRecord>;
  /** As `parts`, with values sealed by the team's secret, for sharing results. Absent: nothing is shared. */
  teamParts?(tag: string, signal: AbortSignal): Promise<JsonRecord>;
  /** Images that the build starts or copies from, without required ones. Called after `hash`. */
  bases(signal: AbortSignal): Promise<BaseImages>;
  /**
   * The policy's tag, and others that are moved along (`latest`). `key` is the build key with the symbolic tag and
   * shared parts.
   */
  tag(
    key: string,
    files: TreeMark,
    signal: AbortSignal,
  ): Promise<{ readonly tag: string; readonly also: readonly string[] }>;
  /**
   * @returns the image and its holder
   * @throws Failure where the build fails; InputsChanged where its files are not `files`, or were touched during the
   * build
   */
  build(request: WorkRequest, ctx: TaskContext): Promise<BuiltImage>;
}

/** `holder`: where the build left the image; absent: in the engine. */
export type BuiltImage = { readonly imageId: string; readonly holder?: Holder };

export interface WorkRequest {
  readonly tag: string;
  /** Additional tags that are moved along. */
  readonly also: readonly string[];
  /** The inputs as they were hashed. */
  readonly files: TreeMark;
  readonly required: Required;
}
