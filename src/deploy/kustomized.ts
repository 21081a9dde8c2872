/**
 * The objects of a kustomization, made by kustomize. A complaint about one of them has its place in what kustomize
 * printed, because nothing tells which line of which file it came from.
 */
import { relative } from "node:path";
import { Source } from "../config/yaml/source.ts";
import type { Diagnostic, Place } from "../diag/diagnostic.ts";
import { Failure } from "../diag/failure.ts";
import type { Event } from "../event/event.ts";
import { kustomizeBuild } from "../tool/kustomize.ts";
import { type Manifest, readManifests } from "./read-manifest.ts";

/** One folder of `manifests.kustomize.paths`. */
export interface KustomizationSource {
  /** Absolute, or an address that kustomize fetches. */
  readonly directory: string;
  readonly kind: "path" | "address";
  readonly buildArgs: readonly string[];
  readonly at: Place;
}

/** @param cwd what paths are shown relative to. @throws Failure at the folder's place, with what kustomize said. */
export async function kustomized(
  { directory, kind, buildArgs, at }: KustomizationSource,
  cwd: string,
  { emit, report }: { emit(event: Event): void; report(diagnostic: Diagnostic): void },
  signal: AbortSignal,
): Promise<readonly Manifest[]> {
  const target = kind === "address" ? directory : relative(cwd, directory) || ".";
  try {
    const { manifests, warnings, command } = await kustomizeBuild({ target, args: buildArgs, cwd }, signal);
    for (const text of warnings) emit({ type: "notice", level: "info", text });
    return readManifests(new Source(command, `(output of ${command})`, manifests), report);
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    throw new Failure({ ...thrown.diagnostics[0], at });
  }
}
