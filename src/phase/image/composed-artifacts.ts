/**
 * The artifacts of a project as work of the graph: which of them take part, their names, their builders and taggers.
 * Decided once from the project and the command line.
 */

import type { InputFiles } from "../../build/artifact-inputs.ts";
import type { BuildCluster, BuilderNotes, BuildPlace } from "../../build/builder.ts";
import { type Builders, builders as ours } from "../../build/builders.ts";
import { taggerOf } from "../../build/taggers/policy.ts";
import type { Environment } from "../../config/environment.ts";
import type { Module, Project } from "../../config/project.ts";
import { expandTemplated } from "../../config/templated.ts";
import { Failure } from "../../diag/failure.ts";
import type { Event } from "../../event/event.ts";
import { sealer } from "../../graph/plan/seal.ts";
import { imageNameOf } from "../../image/ko-name.ts";
import { parseReference, readReference } from "../../image/reference.ts";
import { underDefaultRepo } from "../../image/rewrite.ts";
import { closest } from "../../std/text/edit-distance.ts";
import { type ArtifactMeans, type ComposedArtifact, composeArtifact } from "./artifact-work.ts";

export interface ImageOptions {
  /** `--default-repo` */
  readonly defaultRepo?: string | undefined;
  /** `--tag` */
  readonly tag?: string | undefined;
  /** `--build-image`: parts of the names of artifacts; empty: every artifact takes part. */
  readonly only?: readonly string[];
  /** The subcommand. */
  readonly mode: string;
  /** The store's secret. */
  readonly secret: string;
  readonly files: InputFiles;
  readonly place: Omit<BuildPlace, "cluster">;
  /** The cluster that the module deploys to, for its builds there. Absent: nothing is built. */
  readonly clusterOf?: (module: Module) => Promise<BuildCluster>;
  readonly notes: BuilderNotes;
  emit(event: Event): void;
  readonly around: ArtifactMeans["around"];
}

/** @throws Failure where `--build-image` names no artifact, or `--default-repo` is not a repository */
export function composeImages(
  { project, environment }: { readonly project: Project; readonly environment: Environment },
  options: ImageOptions,
  builders: Builders = ours,
): ComposedArtifact[] {
  const { tag, only = [], mode, secret, files, notes, emit, around, clusterOf = noCluster } = options;
  const defaultRepo = options.defaultRepo ?? "";
  if (defaultRepo !== "" && typeof readReference(`${defaultRepo}/image`) === "string")
    throw new Failure({
      severity: "error",
      message: `--default-repo: ${JSON.stringify(defaultRepo)} is neither a registry nor a repository`,
      suggestion: "write it like registry.example.com/team",
    });
  const seal = sealer(secret);
  const expand: ArtifactMeans["expand"] = (template, variables) => expandTemplated(template, variables, environment);
  const repository = (image: string) => underDefaultRepo(defaultRepo, parseReference(imageNameOf(image)).written);
  const all = project.modules.flatMap((module) =>
    module.artifacts.map((artifact) => {
      const tagger = taggerOf(module.tagPolicy, tag, expand);
      const builder = builders.get(artifact.builder.kind);
      if (builder === undefined)
        throw new Failure({
          severity: "error",
          message: `devloop cannot build ${artifact.image} with ${artifact.builder.kind} yet`,
          at: artifact.at,
        });
      const place = { ...options.place, cluster: () => clusterOf(module) };
      return composeArtifact(artifact, module, {
        builder,
        tagger,
        repository,
        mode,
        expand,
        seal,
        files,
        place,
        notes,
        emit,
        around,
      });
    }),
  );
  return selected(all, only);
}

/** The chosen artifacts with all that they require; every artifact where none is chosen. */
function selected(all: readonly ComposedArtifact[], asked: readonly string[]): ComposedArtifact[] {
  if (asked.length === 0) return [...all];
  for (const part of asked) {
    if (all.some(({ image }) => image.includes(part))) continue;
    const names = all.map(({ image }) => image);
    const near = closest(part, names);
    throw new Failure({
      severity: "error",
      message: `--build-image: no artifact's name contains ${JSON.stringify(part)}`,
      suggestion: near ? `did you mean ${near}?` : `there are: ${names.join(", ") || "none"}`,
    });
  }
  return withRequired(
    all.filter(({ image }) => asked.some((part) => image.includes(part))),
    all,
  );
}

/** `some` and all that they require, in the order of `all`. */
export function withRequired<Artifact extends Pick<ComposedArtifact, "image" | "requires">>(
  some: readonly Artifact[],
  all: readonly Artifact[],
): Artifact[] {
  const byName = new Map(all.map((work) => [work.image, work]));
  const wanted = new Set<string>();
  const take = ({ image, requires }: Artifact) => {
    if (wanted.has(image)) return;
    wanted.add(image);
    for (const { image: other } of requires) {
      const required = byName.get(other);
      if (required) take(required);
    }
  };
  some.forEach(take);
  return all.filter(({ image }) => wanted.has(image));
}

async function noCluster(): Promise<never> {
  throw new Error("an image is built in the cluster where nothing is built");
}
