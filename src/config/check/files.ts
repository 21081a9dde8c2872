/** Files that the configuration names: contexts, what builders need, manifests. Something that is not there is an error now. */
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
import type { FileLook } from "../resolve/scope.ts";

/** What a builder's section names. */
export type NamedFiles = (artifact: Artifact, files: FileLook) => readonly NamedFile[];

/** @param otherwise images that are built elsewhere than on this machine */
export function checkFiles(
  module: Module,
  otherwise: ReadonlySet<string>,
  files: FileLook,
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

/** As the file that names it does: relative to it where it is below. */
function asWritten(path: string, directory: string): string {
  const below = relative(directory, path);
  return below === "" || below.startsWith("..") ? path : below;
}

function checkArtifact(
  { context, at }: Artifact,
  named: readonly NamedFile[],
  files: FileLook,
  shown: Shown,
): Diagnostic[] {
  if (!files.isDirectory(context)) return [absent(`the context ${shown(context)} is not a folder`, context, at)];
  return named
    .filter(({ path }) => !files.isFile(path))
    .map((file) => absent(`${shown(file.path)} is not there`, file.path, file.at, file.suggestion));
}

function checkManifest({ pattern, kind, isDefault, at }: RawYaml, files: FileLook, shown: Shown): Diagnostic[] {
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

function checkKustomization({ directory, kind, at }: Kustomization, files: FileLook, shown: Shown): Diagnostic[] {
  if (kind === "address") return [];
  if (!files.isDirectory(directory)) return [absent(`${shown(directory)} is not a folder`, directory, at)];
  if (kustomizationNames.some((name) => files.isFile(join(directory, name)))) return [];
  const suggestion = "plain manifests are named below manifests.rawYaml";
  return [{ severity: "error", message: `there is no kustomization.yaml in ${shown(directory)}`, at, suggestion }];
}

/** The nearest name in the same folder is mostly the one that was meant. */
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
