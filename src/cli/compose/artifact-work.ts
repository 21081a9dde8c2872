/**
 * From a configured artifact to the work of the graph: how to see its inputs, what its key is made of, its tag, and its
 * build. The artifact's own files are read anew in every pass, because a Dockerfile or an ignore file may have changed.
 */
import type { ArtifactSetting, Builder, Inspection, SourceSpec } from "../../build/builder.ts";
import { tagOrFallback } from "../../build/taggers/policy.ts";
import type { Tagger } from "../../build/taggers/tagger.ts";
import type { Artifact, Module } from "../../config/project.ts";
import type { Event } from "../../event/event.ts";
import { InputsChanged } from "../../graph/inputs-changed.ts";
import type { ArtifactWork } from "../../phase/artifact.ts";
import { sha256 } from "../../std/digest.ts";
import { canonical, type JsonRecord } from "../../std/json.ts";

export interface ArtifactMeans {
  readonly builder: Builder;
  readonly tagger: Tagger;
  /** The image's name after `--default-repo`. */
  repository(image: string): string;
  readonly mode: string;
  readonly expand: ArtifactSetting["expand"];
  readonly seal: (value: string) => string;
  /** With the team's secret. Absent: results are not shared. */
  readonly teamSeal?: (value: string) => string;
  /** Every input that the sources select, by relative path, with type, mode and content. */
  hashTree(sources: SourceSpec, signal: AbortSignal): Promise<JsonRecord>;
  readonly emit: (event: Event) => void;
  /** Runs the artifact's build hooks around the work. */
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
  /** Reads the artifact's own files anew. */
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
    expand: means.expand,
    ...(artifact.platforms.length === 1 ? { platform: artifact.platforms[0] as string } : {}),
  });
  const told = new Set<string>();
  let inspected: Inspection | undefined;

  const inspection = async (signal: AbortSignal) => {
    inspected ??= await work.inspect(signal);
    return inspected;
  };
  const partsOf = async (tag: string, hide: (value: string) => string, signal: AbortSignal) => {
    const { keyParts } = await inspection(signal);
    return keyParts(tag, hide);
  };
  const hash = async (signal: AbortSignal) => {
    inspected = await work.inspect(signal);
    return means.hashTree(inspected.sources, signal);
  };

  return {
    artifact,
    module,
    image: artifact.image,
    repository,
    requires: artifact.requires,
    tagFromKey: tagger.fromKey,
    readsRequired: builder.readsRequired,
    inspect: (signal) => work.inspect(signal),
    hash,
    parts: (tag, signal) => partsOf(tag, seal, signal),
    sharedParts: (tag, signal) => partsOf(tag, (value) => sha256(value), signal),
    ...(teamSeal ? { teamParts: (tag: string, signal: AbortSignal) => partsOf(tag, teamSeal, signal) } : {}),
    bases: async (signal) => (await inspection(signal)).bases,
    async tag(key, files, signal) {
      const request = {
        image: artifact.image,
        context: artifact.context,
        buildKey: key,
        inputDigest: sha256<"files">(canonical(files)),
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
      const { imageId } = await means.around(
        artifact,
        `${repository}:${tag}`,
        () => work.build({ tag, references, required }, signal, tell),
        signal,
      );
      // Told only now: what the builder understands no better has failed with its own words.
      for (const diagnostic of inspected?.notices ?? []) {
        if (told.has(diagnostic.message)) continue;
        told.add(diagnostic.message);
        emit({ type: "diagnostic", diagnostic });
      }
      const changed = changedPaths(files, await hash(signal));
      if (changed.length > 0) throw new InputsChanged(`the build of ${artifact.image}`, changed);
      return imageId;
    },
  };
}

function changedPaths(before: JsonRecord, after: JsonRecord): string[] {
  const paths = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...paths].filter((path) => canonical(before[path] ?? null) !== canonical(after[path] ?? null)).sort();
}
