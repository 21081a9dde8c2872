/**
 * Measurements of one artifact: its inputs, how long it takes to find and hash them, and where synced files go. Reads
 * files only.
 */
import { lstatSync } from "node:fs";
import { join } from "node:path";
import type { Builder, SourceSpec } from "../build/builder.ts";
import type { ChangeKind, Placer } from "../build/placement.ts";
import type { Artifact, Module, Templated } from "../config/project.ts";
import { placerOf } from "../dev/loop/artifact-files.ts";
import type { Diagnostic } from "../diag/diagnostic.ts";
import type { Clock } from "../std/clock.ts";
import { optional } from "../std/data/optional.ts";
import type { Store } from "../store/store.ts";
import { inputHints, syncHints } from "./hints.ts";

export interface ArtifactDiagnosis {
  readonly image: string;
  /** The builder's name in the configuration: `docker`, `ko`. */
  readonly builder: string;
  readonly context: string;
  readonly inputs?: InputsDiagnosis;
  readonly sync?: SyncDiagnosis;
  readonly hints: readonly Diagnostic[];
}

export interface InputsDiagnosis {
  readonly files: number;
  readonly bytes: number;
  /** Seconds: reading the Dockerfile and its ignore file; finding and hashing every input, and the same once more. */
  readonly inspect: number;
  readonly hash: number;
  readonly hashAgain: number;
}

export interface SyncDiagnosis {
  readonly kind: "manual" | "infer" | "auto";
  readonly rules: readonly string[];
  /** How many inputs have a place in the container by a rule. */
  readonly placed: number;
  /** Seconds to find the place of every input. */
  readonly seconds: number;
}

export interface DiagnosisMeans {
  readonly store: Store;
  readonly clock: Clock;
  readonly command: string;
  expand(template: Templated, variables: Readonly<Record<string, string>>): string;
}

/** @throws Failure where an artifact's own file cannot be read */
export async function diagnoseArtifact(
  builder: Builder,
  artifact: Artifact,
  module: Module,
  means: DiagnosisMeans,
  signal: AbortSignal,
): Promise<ArtifactDiagnosis> {
  const { image, context, sync } = artifact;
  const { store, clock, command: mode, expand } = means;
  const timed = async <T>(work: () => Promise<T> | T): Promise<[T, number]> => {
    const start = clock.now();
    const result = await work();
    return [result, (clock.now() - start) / 1000];
  };
  const work = builder.work({
    artifact,
    repository: image,
    mode,
    local: module.build.local,
    ...optional("cluster", module.build.cluster),
    insecureRegistries: module.build.insecureRegistries,
    expand,
    notes: store.documents,
  });
  const [inspection, inspect] = await timed(() => work.inspect(signal));
  const { sources, notices } = inspection;
  const [{ tree }, hash] = await timed(() => store.snapshot(sources, signal));
  const [, hashAgain] = await timed(() => store.snapshot(sources, signal));
  const inputs = [...tree.entries()].flatMap(([path, description]) =>
    description.startsWith("directory") ? [] : [path],
  );
  const place = placerOf({ sync, inspection, workdir: () => "/", labels: () => undefined });
  const [placed, placing] = await timed(() => placedAmong(inputs, place));
  return {
    image,
    builder: builder.name,
    context,
    inputs: { files: inputs.length, bytes: sizeOf(sources, inputs), inspect, hash, hashAgain },
    ...(sync ? { sync: { kind: sync.kind, rules: ruleWords(artifact), placed, seconds: placing } } : {}),
    hints: [
      ...notices,
      ...(inspection.hints?.(sync !== undefined) ?? []),
      ...inputHints(image, inputs),
      ...syncHints(artifact, inputs, placed),
    ],
  };
}

function placedAmong(inputs: readonly string[], place: Placer | undefined): number {
  const kind: ChangeKind = "file";
  return place === undefined ? 0 : inputs.filter((path) => place(path, kind).kind === "placed").length;
}

function sizeOf({ root, extra }: SourceSpec, inputs: readonly string[]): number {
  const elsewhere = new Map(extra.map(({ name, path }) => [name, path]));
  let bytes = 0;
  for (const path of inputs)
    bytes += lstatSync(elsewhere.get(path) ?? join(root, path), { throwIfNoEntry: false })?.size ?? 0;
  return bytes;
}

function ruleWords({ sync }: Artifact): readonly string[] {
  switch (sync?.kind) {
    case "manual":
      return sync.rules.map(({ src, dest, strip }) => `${src} -> ${dest}${strip === "" ? "" : ` (without ${strip})`}`);
    case "infer":
      return sync.patterns.map(({ pattern }) => pattern);
    default:
      return [];
  }
}
