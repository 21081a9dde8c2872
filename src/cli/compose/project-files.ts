/**
 * What a dev session has to know of a project's files: where synced files go, which files are manifests or
 * configuration, what has to be watched. A manifest that is still as the last render found it is nothing new: a hook before
 * rendering may have made it, and would else make it for ever.
 */
import { relative } from "node:path";
import { kustomizationNames, type Project, type RawYaml } from "../../config/project.ts";
import { kustomizationFiles } from "../../deploy/manifests/kustomization.ts";
import { readsOf, watchedFor } from "../../deploy/manifests/manifest-paths.ts";
import { artifactFiles } from "../../dev/loop/artifact-files.ts";
import type { ProjectFiles } from "../../dev/loop/project-files.ts";
import type { WatchTargets } from "../../dev/watch/watcher.ts";
import type { ComposedArtifact } from "./artifact-work.ts";

export interface ProjectFilesOptions {
  readonly project: Project;
  readonly artifacts: readonly ComposedArtifact[];
  /** Working directory of the artifact's image as it was last built. */
  workdir(image: string): string | undefined;
  leftBy: ProjectFiles["leftBy"];
}

export async function projectFiles(options: ProjectFilesOptions, signal: AbortSignal): Promise<ProjectFiles> {
  const { project, artifacts, leftBy } = options;
  const required = new Set(artifacts.flatMap(({ requires }) => requires.map(({ image }) => image)));
  const config = new Set(project.files);
  const manifests = rawYaml(project).map((source) => ({ pattern: source.pattern, reads: readsOf(source) }));
  const kustomized = kustomizedFiles(project);
  const all = artifacts.map(async ({ image, artifact: { sync }, inspect }) => {
    const inspection = await inspect(signal);
    const workdir = () => options.workdir(image);
    return artifactFiles({ image, sync, required: required.has(image), inspection, workdir });
  });
  return {
    artifacts: await Promise.all(all),
    manifest(path) {
      const source = manifests.find(({ reads }) => reads(path))?.pattern ?? kustomized.get(path);
      return source === undefined ? undefined : relative(project.cwd, source) || ".";
    },
    namesManifests: (path) => kustomized.has(path) && kustomizationNames.some((name) => path.endsWith(`/${name}`)),
    isConfig: (path) => config.has(path),
    leftBy,
  };
}

/** Known from the configuration and from what kustomizations name; what an artifact's own files name is beside it. */
export function watchTargets(project: Project, artifacts: readonly ComposedArtifact[]): WatchTargets {
  const manifests = rawYaml(project).map(watchedFor);
  return {
    roots: [...artifacts.map(({ artifact }) => artifact.context), ...manifests.flatMap(({ roots }) => roots)],
    files: [...project.files, ...manifests.flatMap(({ files }) => files), ...kustomizedFiles(project).keys()],
  };
}

function rawYaml({ modules }: Project): readonly RawYaml[] {
  return modules.flatMap(({ manifests }) => manifests.rawYaml);
}

/** Every file that a kustomization is made of -> the folder of that kustomization. */
function kustomizedFiles({ modules }: Project): ReadonlyMap<string, string> {
  const local = modules.flatMap(({ manifests }) => manifests.kustomizations).filter(({ kind }) => kind === "path");
  return new Map(local.flatMap(({ directory }) => kustomizationFiles(directory).map((file) => [file, directory])));
}
