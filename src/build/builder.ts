/**
 * What a builder is. One file per builder implements this; the graph's build phase knows nothing else about it.
 *
 * A builder first *inspects* an artifact: which files count and which other values do. Both come from one reading of
 * the artifact's own files, so that the key and the watched set can never disagree. Then it *builds*. It never asks
 * whether a build is needed, and it knows nothing of configuration: its spec is a plain record.
 */
import type { Diagnostic } from "../diag/diagnostic.ts";
import type { Event } from "../event/event.ts";
import type { JsonRecord } from "../std/json.ts";
import type { Plan } from "./docker/plan.ts";

/**
 * How one path takes part. `in`: it counts, and so may what is below it. `out`: neither it nor anything below.
 * `parent`: it counts only if something below it does.
 */
export type Part = "in" | "out" | "parent";

export type PathKind = "file" | "directory" | "symlink";

/** The files that count for one artifact. */
export interface SourceSpec {
  /** Absolute; the build context. */
  readonly root: string;
  /** Judges a path below `root`, relative, `/`-separated. Pure and cheap: it is asked for every path of a walk. */
  part(path: string, kind: PathKind): Part;
  /** Files anywhere that count by their content alone, under a stable name. One that does not exist counts as absent. */
  readonly extra: readonly { readonly name: string; readonly path: string }[];
  /**
   * Absolute directories beside the context of which every file counts, as `<name>:<path>`. `extra` has those that were
   * there at the inspection.
   */
  readonly trees?: readonly { readonly name: string; readonly root: string }[];
  /** Absolute paths that do not count themselves, but whose change may change what counts: inspect again. */
  readonly rules: readonly string[];
  /** Why a path counts, for `why`: `Dockerfile:7`. Undefined for one that does not. */
  reason(path: string): string | undefined;
}

/** Images that a build starts or copies from by names of their own. */
export interface BaseImages {
  /** As the builder asks for them; images of required artifacts are not among them. */
  readonly names: readonly string[];
  /** Taken from their registries, whatever the engine has under the names. */
  readonly pulled: boolean;
}

export interface Inspection<Spec> {
  readonly sources: SourceSpec;
  readonly bases: BaseImages;
  /**
   * Everything but files that can change the image. The spec may differ from the inspected one in the values of its
   * templates (a tag that is not known yet). `seal` hides a value that may be secret: equal for equal values.
   */
  keyParts(spec: Spec, seal: (value: string) => string): JsonRecord;
  /** Which files a Dockerfile copies to where; absent for other builders, undefined where it was not understood. */
  readonly plan?: Plan | undefined;
  /** What had to be taken coarser than wished; each a hint or warning, shown once. */
  readonly notices: readonly Diagnostic[];
}

export interface BuildRequest<Spec> {
  /** The artifact's name, for events. */
  readonly artifact: string;
  readonly spec: Spec;
  /** References that the image gets, with tag. */
  readonly tags: readonly string[];
}

export interface BuiltStep {
  readonly name: string;
  readonly cached: boolean;
  readonly seconds: number;
}

export interface Built {
  /** `sha256:` and 64 hex digits, as the engine knows it. */
  readonly imageId: string;
  readonly seconds: number;
  readonly steps: readonly BuiltStep[];
  /** Bytes of the build context that were sent; absent where the tool does not tell. */
  readonly contextBytes?: number;
}

export interface Builder<Spec> {
  /** As in the configuration: `docker`. */
  readonly name: string;
  /** Reads only files; starts no process. @throws Failure where an artifact's own file cannot be read. */
  inspect(spec: Spec, signal: AbortSignal): Promise<Inspection<Spec>>;
  /** @throws Failure naming the step that failed, its place and its last output. */
  build(request: BuildRequest<Spec>, signal: AbortSignal, emit: (event: Event) => void): Promise<Built>;
}
