/** Files that the configuration names: contexts, Dockerfiles, manifests. Something that is not there is an error now. */
import { readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Diagnostic } from "../../diag/diagnostic.ts";
import { closest } from "../../std/edit-distance.ts";
import { goGlob } from "../../std/go-glob.ts";
import { hasWildcard } from "../../std/go-match.ts";
import { type Artifact, type Kustomization, kustomizationNames, type Module, type RawYaml } from "../project.ts";
import type { FileLook } from "../resolve/scope.ts";

/** @param otherwise images for which there need not be a Dockerfile */
export function checkFiles(module: Module, otherwise: ReadonlySet<string>, files: FileLook): Diagnostic[] {
  return [
    ...module.artifacts.flatMap((artifact) => checkArtifact(artifact, otherwise, files)),
    ...module.manifests.rawYaml.flatMap((source) => checkManifest(source, files)),
    ...module.manifests.kustomizations.flatMap((kustomization) => checkKustomization(kustomization, files)),
  ];
}

function checkArtifact(artifact: Artifact, otherwise: ReadonlySet<string>, files: FileLook): Diagnostic[] {
  const { image, context, builder, at } = artifact;
  if (!files.isDirectory(context)) return [absent(`the context ${context} is not a folder`, context, at)];
  if (otherwise.has(image)) return [];
  const { dockerfile, at: dockerfileAt } = builder.docker;
  return files.isFile(dockerfile) ? [] : [absent(`${dockerfile} is not there`, dockerfile, dockerfileAt)];
}

function checkManifest({ pattern, kind, isDefault, at }: RawYaml, files: FileLook): Diagnostic[] {
  if (kind === "address" || isDefault) return [];
  if (!hasWildcard(pattern))
    return files.isFile(pattern) || files.isDirectory(pattern) ? [] : [absent(`${pattern} is not there`, pattern, at)];
  if (goGlob(pattern).length > 0) return [];
  const suggestion = pattern.includes("**") ? "* matches within one folder, ** is not more than that here" : undefined;
  const message = `${pattern} matches nothing`;
  return [{ severity: "error", message, at, ...(suggestion === undefined ? {} : { suggestion }) }];
}

function checkKustomization({ directory, kind, at }: Kustomization, files: FileLook): Diagnostic[] {
  if (kind === "address") return [];
  if (!files.isDirectory(directory)) return [absent(`${directory} is not a folder`, directory, at)];
  if (kustomizationNames.some((name) => files.isFile(join(directory, name)))) return [];
  const suggestion = "plain manifests are named below manifests.rawYaml";
  return [{ severity: "error", message: `there is no kustomization.yaml in ${directory}`, at, suggestion }];
}

/** The nearest name in the same folder is mostly the one that was meant. */
function absent(message: string, path: string, at: Diagnostic["at"] & object): Diagnostic {
  const near = closest(basename(path), namesIn(dirname(path)));
  return { severity: "error", message, at, ...(near === undefined ? {} : { suggestion: `did you mean ${near}?` }) };
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
