/**
 * The project in force: the last one whose configuration could be used. A refused configuration leaves it in force; its
 * diagnostics are kept until a reload succeeds, so that they can be shown again. Files that the refused configuration
 * was read from, or that it lacks, count as configuration meanwhile, because a change of one may repair it.
 */
import { RefusedConfig } from "../../config/load/refused.ts";
import type { Diagnostic } from "../../diag/diagnostic.ts";
import { diagnosticsOf, Failure } from "../../diag/failure.ts";
import type { WatchTargets } from "../watch/watcher.ts";
import type { DevProject } from "./dev-project.ts";
import type { ProjectFiles } from "./project-files.ts";

interface Refusal {
  readonly diagnostics: readonly Diagnostic[];
  readonly files: ReadonlySet<string>;
}

export class ProjectInForce {
  #project: DevProject;
  #files: ProjectFiles | undefined;
  #refusal: Refusal | undefined;

  constructor(project: DevProject) {
    this.#project = project;
  }

  get project(): DevProject {
    return this.#project;
  }

  /** The last read files; undefined before the first time. */
  get files(): ProjectFiles | undefined {
    return this.#files;
  }

  /** Diagnostics of the configuration on the disk; empty where that configuration is in force. */
  get complaints(): readonly Diagnostic[] {
    return this.#refusal?.diagnostics ?? [];
  }

  /** The project's targets, and the files of a refused configuration. */
  targets(): WatchTargets {
    const { roots, files } = this.#project.targets();
    return { roots, files: [...files, ...(this.#refusal?.files ?? [])] };
  }

  /** Reads the artifacts' own files. */
  async read(signal: AbortSignal): Promise<ProjectFiles> {
    const files = await this.#project.files(signal);
    const isConfig = (path: string) => files.isConfig(path) || this.#refusal?.files.has(path) === true;
    this.#files = { ...files, isConfig };
    return this.#files;
  }

  /**
   * Loads the configuration again.
   * @returns false where it is refused: see `complaints`
   * @throws Failure where it could not be read for a cause that may pass
   */
  async reload(signal: AbortSignal): Promise<boolean> {
    let next: DevProject;
    try {
      next = await this.#project.reload(signal);
    } catch (thrown) {
      signal.throwIfAborted();
      if (!(thrown instanceof Failure) || thrown.diagnostics.some(({ passing }) => passing)) throw thrown;
      const files = thrown instanceof RefusedConfig ? thrown.files : [];
      this.#refusal = { diagnostics: diagnosticsOf(thrown), files: new Set(files) };
      return false;
    }
    signal.throwIfAborted();
    this.#project = next;
    this.#refusal = undefined;
    await next.begin?.();
    return true;
  }
}
