/**
 * What a dev session has to know of a project's files: where synced files go, which files are configuration, and what else
 * of them the graph looks at.
 */
import type { ComposedArtifact } from "../../phase/image/artifact-work.ts";
import { requiredImages } from "../../phase/image/required.ts";
import { artifactFiles } from "../loop/artifact-files.ts";
import type { ObservedFiles } from "../loop/observed-files.ts";
import type { ProjectFiles } from "../loop/project-files.ts";

export interface ProjectFilesOptions {
  /** Absolute paths of what the project is read from. */
  readonly configs: readonly string[];
  readonly artifacts: readonly ComposedArtifact[];
  readonly observed: ObservedFiles;
  /** Of the artifact's image as it was last built. */
  workdir(image: string): string | undefined;
  labels(image: string): Readonly<Record<string, string>> | undefined;
}

export async function projectFiles(options: ProjectFilesOptions, signal: AbortSignal): Promise<ProjectFiles> {
  const { artifacts, observed } = options;
  const required = requiredImages(artifacts);
  const config = new Set(options.configs);
  const all = artifacts.map(async ({ image, artifact: { sync }, inspect }) => {
    const inspection = await inspect(signal);
    const workdir = () => options.workdir(image);
    const labels = () => options.labels(image);
    return artifactFiles({ image, sync, required: required.has(image), inspection, workdir, labels });
  });
  return {
    artifacts: await Promise.all(all),
    isConfig: (path) => config.has(path),
    observed: (path) => observed.concerned(path),
    others: () => observed.others(),
  };
}
