/**
 * What the graph needs to know of an artifact, whatever its builder: how to see its inputs, what its key is made of,
 * what its tag is, and how to build it. Made once from the config by the composer; the tasks know nothing else.
 */
import type { BaseImages, Builder, Required } from "../../build/builder.ts";
import type { TaskContext, Watch, WatchedFiles } from "../../graph/task.ts";
import type { Holder } from "../../image/holder.ts";
import type { JsonRecord } from "../../std/data/json.ts";
import type { TreeMark } from "../../store/tree/mark.ts";

/** Stands for `{{.IMAGE_TAG}}` in a key whose tag derives from the key itself. */
export const symbolicTag = "{{.IMAGE_TAG}}";

export interface HashHow {
  /** Absolute paths: all that changed since it was last called. Absent: anything may have. */
  readonly changed?: ReadonlySet<string>;
  /** Told what counts before it is looked at. Resolves when that is watched. */
  watch?(files: Watch): Promise<void>;
}

export interface ArtifactWork {
  /** As manifests name it. */
  readonly image: string;
  /** As it is named everywhere else: after `--default-repo`. */
  readonly repository: string;
  readonly requires: readonly { readonly image: string; readonly alias: string }[];
  /** Where the images that it requires have to be for its build. */
  readonly readsRequired: Builder["readsRequired"];
  /** Whether its builds need the engine. */
  readonly needsEngine: boolean;
  /** Whether the tag derives from the key (`sha256`, `inputDigest`): then the key is made with a symbolic tag. */
  readonly tagFromKey: boolean;
  /** What may count before its own files have been read. */
  readonly over: WatchedFiles;
  /** Every input with its type, mode and content, as a tree. */
  hash(signal: AbortSignal, how?: HashHow): Promise<TreeMark>;
  /** The named parts of the build key, files left out. `tag` is the text that stands for the tag in build args. */
  parts(tag: string, signal: AbortSignal): Promise<JsonRecord>;
  /** The same with nothing of this machine in it, so that a tag made from it is the same everywhere. Never recorded. */
  sharedParts(tag: string, signal: AbortSignal): Promise<JsonRecord>;
  /** As `parts`, with values sealed by the team's secret, for results of others. Absent: nothing is shared. */
  teamParts?(tag: string, signal: AbortSignal): Promise<JsonRecord>;
  /** Images that the build starts or copies from, required ones apart. Asked after `hash`. */
  bases(signal: AbortSignal): Promise<BaseImages>;
  /** The policy's tag, and others that move along (`latest`). `key` is the build key with the symbolic tag and shared parts. */
  tag(
    key: string,
    files: TreeMark,
    signal: AbortSignal,
  ): Promise<{ readonly tag: string; readonly also: readonly string[] }>;
  /**
   * @returns the image, and what holds it.
   * @throws Failure where the build fails; InputsChanged where its files are not `files`, or were touched while it ran.
   */
  build(request: WorkRequest, ctx: TaskContext): Promise<BuiltImage>;
}

/** `holder`: where the build left it; absent: in the engine. */
export type BuiltImage = { readonly imageId: string; readonly holder?: Holder };

export interface WorkRequest {
  readonly tag: string;
  /** Further tags that move along. */
  readonly also: readonly string[];
  /** The inputs as they were hashed. */
  readonly files: TreeMark;
  readonly required: Required;
}
