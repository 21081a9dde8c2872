/**
 * Files that the configuration names: contexts, files of builders, manifests. A missing file is reported when the
 * project is loaded, before any work begins.
 */
import { readdirSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import type { Diagnostic } from "../../diag/diagnostic.ts";
import { goGlob } from "../../std/go/go-glob.ts";
import { hasWildcard } from "../../std/go/go-match.ts";
import { closest } from "../../std/text/edit-distance.ts";
import {
  type Artifact,
  type Kustomization,
  kustomizationNames,
  type Module,
  type NamedFile,
  type RawYaml,
} from "../project.ts";
import type { FileChecks } from "../resolve/scope.ts";

/** The files that a builder's section names. */
export type NamedFiles = (artifact: Artifact, files: FileChecks) => readonly NamedFile[];

/** @param otherwise images that are not built from a Dockerfile on this machine */
export function checkFiles(
  module: Module,
  otherwise: ReadonlySet<string>,
  files: FileChecks,
  named: NamedFiles,
): Diagnostic[] {
  const shown = (path: string) => asWritten(path, module.directory);
  return [
    ...module.artifacts.flatMap((artifact) =>
      checkArtifact(artifact, otherwise.has(artifact.image) ? [] : named(artifact, files), files, shown),
    ),
    ...module.manifests.rawYaml.flatMap((source) => checkManifest(source, files, shown)),
    ...module.manifests.kustomizations.flatMap((kustomization) => checkKustomization(kustomization, files, shown)),
  ];
}

type Shown = (path: string) => string;

/** The path in the form that the config uses: relative to the directory where it lies below it. */
function asWritten(path: string, directory: string): string {
  const below = relative(directory, path);
  return below === "" || below.startsWith("..") ? path : below;
}

function checkArtifact(
  { context, at }: Artifact,
  named: readonly NamedFile[],
  files: FileChecks,
  shown: Shown,
): Diagnostic[] {
  if (!files.isDirectory(context)) return [absent(`the context ${shown(context)} is not a folder`, context, at)];
  return named
    .filter(({ path }) => !files.isFile(path))
    .map((file) => absent(`${shown(file.path)} is not there`, file.path, file.at, file.suggestion));
}

function checkManifest({ pattern, kind, isDefault, at }: RawYaml, files: FileChecks, shown: Shown): Diagnostic[] {
  if (kind === "address" || isDefault) return [];
  if (!hasWildcard(pattern))
    return files.isFile(pattern) || files.isDirectory(pattern)
      ? []
      : [absent(`${shown(pattern)} is not there`, pattern, at)];
  if (goGlob(pattern).length > 0) return [];
  const suggestion = pattern.includes("**") ? "* matches within one folder, ** is not more than that here" : undefined;
  const message = `no file matches ${shown(pattern)}`;
  return [{ severity: "error", message, at, ...(suggestion === undefined ? {} : { suggestion }) }];
}

function checkKustomization({ directory, kind, at }: Kustomization, files: FileChecks, shown: Shown): Diagnostic[] {
  if (kind === "address") return [];
  if (!files.isDirectory(directory)) return [absent(`${shown(directory)} is not a folder`, directory, at)];
  if (kustomizationNames.some((name) => files.isFile(join(directory, name)))) return [];
  const suggestion = "plain manifests are named below manifests.rawYaml";
  return [{ severity: "error", message: `there is no kustomization.yaml in ${shown(directory)}`, at, suggestion }];
}

/**
 * The diagnostic of a missing file. It suggests the nearest name in the same folder, which is the likely typing error.
 */
function absent(message: string, path: string, at: Diagnostic["at"] & object, otherwise?: string): Diagnostic {
  const near = closest(basename(path), namesIn(dirname(path)));
  const suggestion = near === undefined ? otherwise : `did you mean ${near}?`;
  return { severity: "error", message, at, ...(suggestion === undefined ? {} : { suggestion }) };
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
