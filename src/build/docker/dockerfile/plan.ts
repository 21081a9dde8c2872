/**
 * What a build of one target does, as far as inputs and destinations of files are concerned: the stages that the target
 * needs, and in each the copies, mounts and runs with every word expanded. Data only; `read-plan.ts` makes it.
 */

/** The place that a copy or a mount takes its files from. */
export type Origin =
  | { readonly kind: "context" }
  | { readonly kind: "stage"; readonly index: number }
  | { readonly kind: "image"; readonly name: string };

export interface CopyStep {
  readonly kind: "copy";
  readonly instruction: "COPY" | "ADD";
  readonly from: Origin;
  /** Expanded. `null`: it depends on what only the base image can tell. */
  readonly sources: readonly (string | null)[];
  /** File names of here-documents among the sources. */
  readonly inline: readonly string[];
  /** Absolute, its end kept (`/`, `/.`) where written; null as for sources. */
  readonly destination: string | null;
  readonly parents: boolean;
  readonly exclude: readonly string[];
  readonly line: number;
}

/** `RUN --mount=type=bind`: the command sees these files and is run again when they change. */
export interface MountStep {
  readonly kind: "mount";
  readonly from: Origin;
  readonly source: string | null;
  readonly line: number;
}

export interface RunStep {
  readonly kind: "run";
  readonly line: number;
}

export type Step = CopyStep | MountStep | RunStep;

export interface Stage {
  readonly index: number;
  readonly name: string | undefined;
  readonly base: Origin | { readonly kind: "scratch" };
  readonly steps: readonly Step[];
  /** The working directory at the end; null where only the base image can tell. */
  readonly workdir: string | null;
}

export interface Plan {
  /** Only the stages that the target needs, in the file's order; the last one is the target. */
  readonly stages: readonly Stage[];
  /** Names of the build args that can have an effect on those stages. */
  readonly args: ReadonlySet<string>;
  /** External images that those stages start from or copy from, by the names that the engine is asked for. */
  readonly images: readonly string[];
}

/** The config of an external base image, where it is known. */
export interface BaseImage {
  readonly env: Readonly<Record<string, string>>;
  readonly workdir: string;
  readonly onBuild: readonly string[];
}

export interface PlanRequest {
  /** Values in the form that the caller wants in paths; a build arg that is not given is unset. */
  readonly buildArgs: Readonly<Record<string, string>>;
  /** Stage name or number; default: the last stage. */
  readonly target?: string;
  /** The platforms that the build is for and runs on, `os/arch[/variant]`. */
  readonly platform: string;
  readonly buildPlatform: string;
  /** Config of a base image; undefined where it is not known. */
  baseImage(name: string): BaseImage | undefined;
}
