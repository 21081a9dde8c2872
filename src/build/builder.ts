/**
 * The interface of builders. One folder per builder implements it; code outside of the folder knows the builder only by
 * this interface.
 * A builder reads its section of the configuration itself. It first *inspects* an artifact: which files and other
 * values count, and where synced files go. All of this comes from one reading of the artifact's own files, so that the
 * key and the watched files cannot disagree. Then it *builds*. It never decides whether a build is needed.
 */
import type { Cluster, KubeObject } from "../cluster/cluster.ts";
import type { Artifact, ClusterBuild, LocalBuild, NamedFile, Templated } from "../config/project.ts";
import type { FileChecks } from "../config/resolve/scope.ts";
import type { Diagnostic } from "../diag/diagnostic.ts";
import type { Event } from "../event/event.ts";
import type { Engine } from "../image/engine/engine.ts";
import type { Holder } from "../image/holder.ts";
import type { Registry } from "../image/registry/registry.ts";
import type { Json, JsonRecord } from "../std/data/json.ts";
import type { OpenLayout } from "../store/layouts.ts";
import type { Placer, TreeView } from "./placement.ts";

/**
 * The part of one path. `in`: the path counts, and paths below it may count. `out`: neither the path nor anything below
 * it counts. `parent`: the path counts only if something below it does.
 */
export type Part = "in" | "out" | "parent";

export type PathKind = "file" | "directory" | "symlink";

/** The files that count for one artifact. */
export interface SourceSpec {
  /** Absolute path of the build context. */
  readonly root: string;
  /**
   * Judges a path below `root`, relative, `/`-separated. Pure and cheap, because it is called for every path of a walk.
   */
  part(path: string, kind: PathKind): Part;
  /** A digest of the rules that `part` applies: equal digests judge every path of a root alike. */
  readonly selection?: string;
  /** Files anywhere that count by their content alone, under a stable name. A missing file counts as absent. */
  readonly extra: readonly { readonly name: string; readonly path: string }[];
  /**
   * Absolute directories outside of the context of which every file counts, as `<name>:<path>`. `extra` has the files
   * that existed at the inspection.
   */
  readonly trees?: readonly { readonly name: string; readonly root: string }[];
  /** Absolute paths that do not count themselves, but whose change requires another inspection. */
  readonly rules: readonly string[];
  /**
   * Set where a program lists the files that count: any change below `root`, or below one of these absolute directories
   * outside of it, may change the list.
   */
  readonly listed?: readonly string[];
  /** Why a path counts, for `why`: `Dockerfile:7`. Undefined for one that does not. */
  reason(path: string): string | undefined;
}

/** Images that a build starts or copies from by their own names. */
export interface BaseImages {
  /** Names in the builder's form; images of required artifacts are left out. */
  readonly names: readonly string[];
  /** True where they are pulled from their registries, whatever the engine has under the names. */
  readonly pulled: boolean;
}

export interface Inspection {
  readonly sources: SourceSpec;
  readonly bases: BaseImages;
  /**
   * Everything except files that can change the image. `tag` replaces the tag, which may be unknown yet; each required
   * image is replaced by a symbol. `seal` hides a value that may be secret and gives equal results for equal values.
   */
  keyParts(tag: string, seal: (value: string) => string): JsonRecord;
  /** The destinations of files by `sync.infer`; absent: the builder cannot tell them. */
  infer?(patterns: readonly string[], tree: TreeView): Placer;
  /** Where files go by `sync.auto`; absent: every change rebuilds. `labels` of the image that runs, where it is known. */
  auto?(labels: () => Readonly<Record<string, string>> | undefined): Placer;
  /** Notices where an imprecise result was used; each a hint or warning, shown once. */
  readonly notices: readonly Diagnostic[];
  /** Advice that shortens the loop, for `diagnose`. */
  hints?(synced: boolean): readonly Diagnostic[];
}

/** References of required artifacts' images, by the alias that the builder uses. */
export type Required = Readonly<Record<string, string>>;

/** Where a builder's result is searched for, and where it must go. */
export interface BuildPlace {
  readonly engine: Engine;
  /** A folder for images as an OCI layout, by any stable name. */
  readonly layout: OpenLayout;
  /** Whether images are pushed to a registry. */
  pushes(): Promise<boolean>;
  /** The cluster that the artifact's module deploys to, for builds that run there. @throws Failure where there is none */
  cluster(): Promise<BuildCluster>;
}

/** A cluster in which images are built. */
export interface BuildCluster {
  readonly cluster: Cluster;
  /** As this machine reaches the registries that builds push to. */
  readonly registry: Pick<Registry, "content" | "blob" | "digest">;
  /**
   * Makes an object for a build. It is noted before it is made, so that it goes in every outcome: with the disposal, which
   * does not fail, or where devloop is killed with its next start.
   * @throws ApiError where the cluster refuses it
   */
  make(object: KubeObject, signal: AbortSignal): Promise<MadeObject>;
}

export interface MadeObject extends AsyncDisposable {
  readonly uid: string;
}

export interface BuildRequest {
  readonly place: BuildPlace;
  readonly tag: string;
  /** References for the image, with tag; the first one is the artifact's own. */
  readonly references: readonly string[];
  readonly required: Required;
}

export interface BuiltStep {
  readonly name: string;
  readonly cached: boolean;
  readonly seconds: number;
}

export interface Built {
  /** `sha256:` and 64 hex digits, as its holder names it. */
  readonly imageId: string;
  /** Where the image was left; absent: in the engine, under all or some of the requested references. */
  readonly holder?: Holder;
  readonly seconds: number;
  readonly steps: readonly BuiltStep[];
  /** Bytes of the build context that were sent; absent where the tool does not tell. */
  readonly contextBytes?: number;
}

/**
 * Notes that a builder keeps between starts, so that it need not start a program again. They may be lost at any time.
 */
export interface BuilderNotes {
  read(name: string): Promise<Json | undefined>;
  write(name: string, value: Json): Promise<void>;
}

/** An artifact, and the settings for it that are outside of its builder's section. */
export interface ArtifactSetting {
  readonly artifact: Artifact;
  /** The image's name after `--default-repo`. */
  readonly repository: string;
  /** The subcommand. */
  readonly mode: string;
  readonly local: LocalBuild;
  /** `build.cluster`; absent: the module builds on this machine. */
  readonly cluster?: ClusterBuild;
  /** `build.insecureRegistries`. */
  readonly insecureRegistries: readonly string[];
  /** Absent: the engine's own. */
  readonly platform?: string;
  readonly notes: BuilderNotes;
  /** @throws Failure where a template cannot be expanded */
  expand(template: Templated, variables: Readonly<Record<string, string>>): string;
}

/** One artifact of a builder. */
export interface BuilderWork {
  /**
   * Reads files; starts a process only where nothing else tells what counts, because it runs at every start.
   * @throws Failure where an artifact's own file cannot be read
   */
  inspect(signal: AbortSignal): Promise<Inspection>;
  /** @throws Failure naming the step that failed, its place and its last output */
  build(request: BuildRequest, signal: AbortSignal, emit: (event: Event) => void): Promise<Built>;
}

export interface Builder {
  /** The name of its section in the configuration: `docker`. */
  readonly name: string;
  /** Where the images of required artifacts must be for its builds; `nowhere`: it reads none of them. */
  readonly readsRequired: "engine" | "registry" | "nowhere";
  /** Whether its builds of the artifact use an engine, or leave an image there. */
  needsEngine(artifact: Artifact): boolean;
  /**
   * Set where its builds may write files of the context: an input that was rewritten with the same content during a
   * build counts as unchanged.
   */
  readonly rewrites?: true;
  /** Files that the artifact's section names and that must exist before any work begins. */
  namedFiles?(artifact: Artifact, files: FileChecks): readonly NamedFile[];
  /** Reads an artifact's section. */
  work(setting: ArtifactSetting): BuilderWork;
}
