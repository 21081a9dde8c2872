/**
 * The objects of a kustomization, rendered by kustomize. A diagnostic about an object has its place in kustomize's
 * output, because the source file and line are unknown.
 */
import { relative } from "node:path";
import { Source } from "../../config/yaml/source.ts";
import type { Diagnostic, Place } from "../../diag/diagnostic.ts";
import { Failure } from "../../diag/failure.ts";
import type { Event } from "../../event/event.ts";
import { type Kustomized, kustomizeBuild } from "../../tool/kustomize.ts";
import { type Manifest, readManifests } from "./read-manifest.ts";

/** One folder of `manifests.kustomize.paths`. */
export interface KustomizationSource {
  /** Absolute, or an address that kustomize fetches. */
  readonly directory: string;
  readonly kind: "path" | "address";
  readonly buildArgs: readonly string[];
  readonly at: Place;
}

/**
 * The target in kustomize's form, and for people.
 * @param cwd the folder that shown paths are relative to
 */
export function kustomizationTarget({ directory, kind }: KustomizationSource, cwd: string): string {
  return kind === "address" ? directory : relative(cwd, directory) || ".";
}

/** @throws Failure at the folder's place, with kustomize's message */
export async function runKustomize(source: KustomizationSource, cwd: string, signal: AbortSignal): Promise<Kustomized> {
  try {
    return await kustomizeBuild({ target: kustomizationTarget(source, cwd), args: source.buildArgs, cwd }, signal);
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    throw new Failure({ ...thrown.diagnostics[0], at: source.at });
  }
}

/** The objects in kustomize's output, and its warnings. */
export function kustomizedManifests(
  { manifests, warnings, command }: Kustomized,
  { emit, report }: { emit(event: Event): void; report(diagnostic: Diagnostic): void },
): readonly Manifest[] {
  for (const text of warnings) emit({ type: "notice", level: "info", text });
  return readManifests(new Source(command, `(output of ${command})`, manifests), report);
}
