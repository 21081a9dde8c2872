/**
 * What a builder is. One folder per builder implements this; nothing outside of it knows more of the builder.
 *
 * A builder owns its section of the configuration and reads it itself. It first *inspects* an artifact: which files count
 * and which other values do, and where files go that are synced. All of it comes from one reading of the artifact's own
 * files, so that the key and the watched set can never disagree. Then it *builds*. It never asks whether a build is needed.
 */
import type { Artifact, LocalBuild, NamedFile, Templated } from "../config/project.ts";
import type { FileChecks } from "../config/resolve/scope.ts";
import type { Diagnostic } from "../diag/diagnostic.ts";
import type { Event } from "../event/event.ts";
import type { Engine } from "../image/engine/engine.ts";
import type { Holder } from "../image/holder.ts";
import type { Json, JsonRecord } from "../std/data/json.ts";
import type { OpenLayout } from "../store/layouts.ts";
import type { Placer, TreeView } from "./placement.ts";

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
  /** A digest of the rules that `part` applies: with equal ones every path of a root is judged alike. */
  readonly selection?: string;
  /** Files anywhere that count by their content alone, under a stable name. One that does not exist counts as absent. */
  readonly extra: readonly { readonly name: string; readonly path: string }[];
  /**
   * Absolute directories beside the context of which every file counts, as `<name>:<path>`. `extra` has those that were
   * there at the inspection.
   */
  readonly trees?: readonly { readonly name: string; readonly root: string }[];
  /** Absolute paths that do not count themselves, but whose change may change what counts: inspect again. */
  readonly rules: readonly string[];
  /**
   * What counts is a list that a program makes: any change below `root`, or below one of these absolute directories beside
   * it, may change the list.
   */
  readonly listed?: readonly string[];
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

export interface Inspection {
  readonly sources: SourceSpec;
  readonly bases: BaseImages;
  /**
   * Everything but files that can change the image. `tag` is what stands for the tag, which may not be known yet; what
   * stands for required images is a symbol for each. `seal` hides a value that may be secret: equal for equal values.
   */
  keyParts(tag: string, seal: (value: string) => string): JsonRecord;
  /** Where files go by `sync.infer`; absent: the builder cannot tell. */
  infer?(patterns: readonly string[], tree: TreeView): Placer;
  /** Where files go by `sync.auto`; absent: every change rebuilds. `labels` of the image that runs, where it is known. */
  auto?(labels: () => Readonly<Record<string, string>> | undefined): Placer;
  /** What had to be taken coarser than wished; each a hint or warning, shown once. */
  readonly notices: readonly Diagnostic[];
  /** Advice that shortens the loop, for who asks for it. */
  hints?(synced: boolean): readonly Diagnostic[];
}

/** References of required artifacts' images by the alias that the builder knows them under. */
export type Required = Readonly<Record<string, string>>;

/** Where a builder's result is looked for, and where it has to go. */
export interface BuildPlace {
  readonly engine: Engine;
  /** A folder for images as an OCI layout, by any stable name. */
  readonly layout: OpenLayout;
  /** Whether images are pushed to a registry. */
  pushes(): Promise<boolean>;
}

export interface BuildRequest {
  readonly place: BuildPlace;
  readonly tag: string;
  /** References that the image gets, with tag; the first one is the artifact's own. */
  readonly references: readonly string[];
  readonly required: Required;
}

export interface BuiltStep {
  readonly name: string;
  readonly cached: boolean;
  readonly seconds: number;
}

export interface Built {
  /** `sha256:` and 64 hex digits, as what holds it knows it. */
  readonly imageId: string;
  /** Where the image was left; absent: in the engine, under every reference that was asked for or under some of them. */
  readonly holder?: Holder;
  readonly seconds: number;
  readonly steps: readonly BuiltStep[];
  /** Bytes of the build context that were sent; absent where the tool does not tell. */
  readonly contextBytes?: number;
}

/** What a builder keeps between starts so that it need not ask a program again. It may be gone at any time. */
export interface BuilderNotes {
  read(name: string): Promise<Json | undefined>;
  write(name: string, value: Json): Promise<void>;
}

/** An artifact, and what is decided for it outside of its builder's section. */
export interface ArtifactSetting {
  readonly artifact: Artifact;
  /** The image's name after `--default-repo`. */
  readonly repository: string;
  /** The subcommand. */
  readonly mode: string;
  readonly local: LocalBuild;
  /** Absent: the engine's own. */
  readonly platform?: string;
  readonly notes: BuilderNotes;
  /** @throws Failure where a template cannot be expanded */
  expand(template: Templated, variables: Readonly<Record<string, string>>): string;
}

/** One artifact in the hands of its builder. */
export interface BuilderWork {
  /**
   * Reads files; starts a process only where nothing else tells what counts, because it is asked at every start.
   * @throws Failure where an artifact's own file cannot be read
   */
  inspect(signal: AbortSignal): Promise<Inspection>;
  /** @throws Failure naming the step that failed, its place and its last output. */
  build(request: BuildRequest, signal: AbortSignal, emit: (event: Event) => void): Promise<Built>;
}

export interface Builder {
  /** Of its section in the configuration: `docker`. */
  readonly name: string;
  /** Where the images of required artifacts have to be for its builds; `nowhere`: it reads none of them. */
  readonly readsRequired: "engine" | "registry" | "nowhere";
  /** Whether its builds of the artifact work in an engine, or leave something there. */
  needsEngine(artifact: Artifact): boolean;
  /**
   * Its builds may write files of the context anew: an input that was written while one ran, with the content that it had,
   * is no other input.
   */
  readonly rewrites?: true;
  /** Files that the artifact's section names and that have to be there before anything else is done. */
  namedFiles?(artifact: Artifact, files: FileChecks): readonly NamedFile[];
  /** Takes an artifact on: reads its section. */
  work(setting: ArtifactSetting): BuilderWork;
}
