/**
 * The artifacts of a project as the work of the graph: which of them take part, under which names, by which taggers and
 * with which hooks. Decided once from the project and the command line.
 */

import type { InputFiles } from "../../build/artifact-inputs.ts";
import type { BuilderNotes, BuildPlace } from "../../build/builder.ts";
import { type Builders, builders as ours } from "../../build/builders.ts";
import { taggerOf } from "../../build/taggers/policy.ts";
import type { FlagValues } from "../../command/flags.ts";
import type { OpenProject } from "../../command/project.ts";
import { expandTemplated } from "../../config/templated.ts";
import { runHostHooks } from "../../deploy/hooks/host-hook.ts";
import { Failure } from "../../diag/failure.ts";
import type { Event } from "../../event/event.ts";
import { sealer } from "../../graph/plan/seal.ts";
import { imageNameOf } from "../../image/ko-name.ts";
import { parseReference, readReference } from "../../image/reference.ts";
import { underDefaultRepo } from "../../image/rewrite.ts";
import { closest } from "../../std/text/edit-distance.ts";
import { type ArtifactMeans, type ComposedArtifact, composeArtifact } from "./artifact-work.ts";
import type { World } from "./world.ts";

export interface ImageOptions {
  readonly flags: FlagValues;
  /** The subcommand. */
  readonly mode: string;
  /** The store's secret. */
  readonly secret: string;
  readonly files: InputFiles;
  readonly place: BuildPlace;
  readonly notes: BuilderNotes;
  emit(event: Event): void;
  readonly around: ArtifactMeans["around"];
}

/** @throws Failure where `--build-image` names no artifact */
export function composeImages(
  { project, environment }: OpenProject,
  options: ImageOptions,
  builders: Builders = ours,
): ComposedArtifact[] {
  const { flags, mode, secret, files, place, notes, emit, around } = options;
  const defaultRepo = flags.text("default-repo") ?? "";
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
      const tagger = taggerOf(module.tagPolicy, flags.text("tag"), expand);
      const builder = builders.get(artifact.builder.kind);
      if (builder === undefined)
        throw new Failure({
          severity: "error",
          message: `devloop cannot build ${artifact.image} with ${artifact.builder.kind} yet`,
          at: artifact.at,
        });
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
  return selected(all, flags.list("build-image"));
}

/** Those that are asked for, with all that they require; every one where none is. */
function selected(all: readonly ComposedArtifact[], asked: readonly string[]): ComposedArtifact[] {
  if (asked.length === 0) return [...all];
  const byName = new Map(all.map((work) => [work.image, work]));
  for (const part of asked) {
    if (all.some(({ image }) => image.includes(part))) continue;
    const near = closest(part, byName.keys());
    throw new Failure({
      severity: "error",
      message: `--build-image: no artifact's name contains ${JSON.stringify(part)}`,
      suggestion: near ? `did you mean ${near}?` : `there are: ${[...byName.keys()].join(", ") || "none"}`,
    });
  }
  return withRequired(
    all.filter(({ image }) => asked.some((part) => image.includes(part))),
    all,
  );
}

/** `some` and all that they require, in the order of `all`. */
export function withRequired(some: readonly ComposedArtifact[], all: readonly ComposedArtifact[]): ComposedArtifact[] {
  const byName = new Map(all.map((work) => [work.image, work]));
  const wanted = new Set<string>();
  const take = ({ image, requires }: ComposedArtifact) => {
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

/** The artifacts of a world, with build hooks around their builds. */
export function composeWork(world: World): ComposedArtifact[] {
  const { invocation, store, emit, open, engine } = world;
  const pushes = async () => {
    const targets = await Promise.all(world.places.map((place) => place.delivers()));
    return targets.some(({ kind }) => kind === "registry");
  };
  return composeImages(open, {
    flags: invocation.flags,
    mode: invocation.command,
    secret: store.secret,
    files: store,
    place: { engine, pushes },
    notes: store.documents,
    emit,
    around: async (artifact, reference, work, signal) => {
      const { before, after } = artifact.hooks;
      if (before.length + after.length === 0) return work();
      const facts = {
        workDir: open.project.cwd,
        build: { reference, push: await pushes(), context: artifact.context },
      };
      await runHostHooks(before, { name: "pre-build", facts, emit }, signal);
      const result = await work();
      await runHostHooks(after, { name: "post-build", facts, emit }, signal);
      return result;
    },
  });
}
