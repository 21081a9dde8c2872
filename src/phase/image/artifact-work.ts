/**
 * From a configured artifact to its work in the graph: how to read its inputs, the parts of its key, its tag, and its
 * build. The artifact's own files are read in every pass, because a Dockerfile or an ignore file may have changed.
 */
import { ArtifactInputs, type InputFiles } from "../../build/artifact-inputs.ts";
import type { ArtifactSetting, Builder, BuilderNotes, BuildPlace, Inspection } from "../../build/builder.ts";
import { tagOrFallback } from "../../build/taggers/policy.ts";
import type { Tagger } from "../../build/taggers/tagger.ts";
import { watchOf } from "../../build/watched.ts";
import type { Artifact, Module } from "../../config/project.ts";
import type { Event } from "../../event/event.ts";
import { sha256 } from "../../std/data/digest.ts";
import { optional } from "../../std/data/optional.ts";
import { markedTree, type TreeMark } from "../../store/tree/mark.ts";
import type { ArtifactWork } from "./artifact.ts";

export interface ArtifactMeans {
  readonly builder: Builder;
  readonly place: BuildPlace;
  readonly notes: BuilderNotes;
  readonly tagger: Tagger;
  /** The image's name after `--default-repo`. */
  repository(image: string): string;
  readonly mode: string;
  readonly expand: ArtifactSetting["expand"];
  readonly seal: (value: string) => string;
  /** Seals with the team's secret. Absent: results are not shared. */
  readonly teamSeal?: (value: string) => string;
  readonly files: InputFiles;
  readonly emit: (event: Event) => void;
  /** Runs the artifact's build hooks before and after the work. */
  readonly around: <T>(
    artifact: Artifact,
    reference: string,
    work: () => Promise<T>,
    signal: AbortSignal,
  ) => Promise<T>;
}

/** An artifact's work, and what a dev session needs to know of its files. */
export interface ComposedArtifact extends ArtifactWork {
  readonly artifact: Artifact;
  readonly module: Module;
  /**
   * A moment before which no file of these inputs was read.
   * @param files the result of `hash`
   */
  readMoment(files: TreeMark): number;
  /** Called for every file event: see `ArtifactInputs.heard`. */
  heard(path: string): void;
  /** Reads the artifact's own files. */
  inspect(signal: AbortSignal): Promise<Inspection>;
}

export function composeArtifact(artifact: Artifact, module: Module, means: ArtifactMeans): ComposedArtifact {
  const { builder, tagger, emit, seal, teamSeal } = means;
  const repository = means.repository(artifact.image);
  const work = builder.work({
    artifact,
    repository,
    mode: means.mode,
    local: module.build.local,
    ...optional("cluster", module.build.cluster),
    insecureRegistries: module.build.insecureRegistries,
    expand: means.expand,
    notes: means.notes,
    ...(artifact.platforms.length === 1 ? { platform: artifact.platforms[0] as string } : {}),
  });
  const told = new Set<string>();
  const inspect = (signal: AbortSignal) => work.inspect(signal);
  const inputs = new ArtifactInputs({
    image: artifact.image,
    inspect,
    files: means.files,
    rewrites: builder.rewrites ?? false,
  });
  const partsOf = async (tag: string, hide: (value: string) => string, signal: AbortSignal) => {
    const { keyParts } = await inputs.inspection(signal);
    return keyParts(tag, hide);
  };

  return {
    artifact,
    module,
    image: artifact.image,
    repository,
    requires: artifact.requires,
    tagFromKey: tagger.fromKey,
    readsRequired: builder.readsRequired,
    needsEngine: builder.needsEngine(artifact),
    inspect,
    over: { roots: [artifact.context], files: [] },
    hash: (signal, { changed, watch } = {}) =>
      inputs.hash(signal, {
        ...(changed ? { changed } : {}),
        ...(watch ? { watch: ({ sources }) => watch(watchOf(sources)) } : {}),
      }),
    readMoment: (files) => inputs.readMoment(files),
    heard: (path) => inputs.heard(path),
    parts: (tag, signal) => partsOf(tag, seal, signal),
    sharedParts: (tag, signal) => partsOf(tag, (value) => sha256(value), signal),
    ...(teamSeal ? { teamParts: (tag: string, signal: AbortSignal) => partsOf(tag, teamSeal, signal) } : {}),
    bases: async (signal) => (await inputs.inspection(signal)).bases,
    async tag(key, files, signal) {
      const request = {
        image: artifact.image,
        context: artifact.context,
        buildKey: key,
        inputDigest: markedTree(files) ?? "",
      };
      const { tag, also = [], notice } = await tagOrFallback(tagger, request, signal);
      if (notice !== undefined && !told.has(notice)) {
        told.add(notice);
        emit({ type: "notice", level: "warning", text: notice });
      }
      return { tag, also };
    },
    async build({ tag, also, files, required }, { signal, emit: tell }) {
      const references = [tag, ...also].map((name) => `${repository}:${name}`);
      const reference = `${repository}:${tag}`;
      // Hooks before the build may write inputs again, usually with the same content.
      const again = artifact.hooks.before.length > 0;
      const request = { tag, references, required, place: means.place };
      const build = () => inputs.during(files, again, () => work.build(request, signal, tell), signal);
      const { imageId, holder } = await means.around(artifact, reference, build, signal);
      const { notices } = await inputs.inspection(signal);
      // Shown only after the build, because a Dockerfile that the builder refuses too fails with the builder's message.
      for (const diagnostic of notices) {
        if (told.has(diagnostic.message)) continue;
        told.add(diagnostic.message);
        emit({ type: "diagnostic", diagnostic });
      }
      return { imageId, ...(holder ? { holder } : {}) };
    },
  };
}
