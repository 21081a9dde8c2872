/**
 * The user's commands around the build of an artifact, on this machine. They run only where an image is built; a
 * command that fails fails the build.
 */
import { runHostHooks } from "../../deploy/hooks/host-hook.ts";
import type { Event } from "../../event/event.ts";
import type { ArtifactMeans } from "./artifact-work.ts";

export interface BuildHookMeans {
  /** The project's directory: the default working directory of commands. */
  readonly workDir: string;
  /** Whether the image is pushed to a registry; called only where there are hooks. */
  pushes(): Promise<boolean>;
  emit(event: Event): void;
}

/** @returns a function that runs a build between the hooks of its artifact */
export function aroundBuild({ workDir, pushes, emit }: BuildHookMeans): ArtifactMeans["around"] {
  return async (artifact, reference, work, signal) => {
    const { before, after } = artifact.hooks;
    if (before.length + after.length === 0) return work();
    const facts = { workDir, build: { reference, push: await pushes(), context: artifact.context } };
    await runHostHooks(before, { name: "pre-build", facts, emit }, signal);
    const result = await work();
    await runHostHooks(after, { name: "post-build", facts, emit }, signal);
    return result;
  };
}
