/** Config files in a folder of their own, loaded as a command would. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { namedFiles } from "../../src/build/builders.ts";
import { type DockerSection, dockerSection } from "../../src/build/docker/section.ts";
import { type Loaded, loadProject } from "../../src/config/load/load.ts";
import type { LoadOptions } from "../../src/config/load/options.ts";
import type { Module } from "../../src/config/project.ts";
import { printDiagnostics } from "../../src/diag/print.ts";

export interface LoadedFiles extends Loaded {
  readonly folder: string;
  /** All diagnostics as a terminal shows them, the folder's path replaced by `$DIR`. */
  readonly printed: string;
  /** The only module. @throws Error with the diagnostics where there is none */
  readonly module: Module;
}

export const header = "apiVersion: skaffold/v4beta14\nkind: Config\n";

/** A folder with the files, gone when disposed of. */
export function configFolder(files: Readonly<Record<string, string>>): { readonly folder: string } & Disposable {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "devloop-config-")));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Loads `skaffold.yaml` of the files. Files that the config names need not be there unless `checkFiles` is set. */
export async function loadFiles(
  files: Readonly<Record<string, string>>,
  options: Partial<LoadOptions> = {},
): Promise<LoadedFiles> {
  using made = configFolder(files);
  const { folder } = made;
  const loaded = await loadProject({
    cwd: folder,
    environment: {},
    command: "dev",
    checkFiles: false,
    namedFiles,
    signal: new AbortController().signal,
    ...options,
  });
  const printed = printDiagnostics(loaded.diagnostics, undefined, 100).replaceAll(folder, "$DIR");
  return {
    ...loaded,
    folder,
    printed,
    get module() {
      const [module] = loaded.project?.modules ?? [];
      if (!module) throw new Error(printed);
      return module;
    },
  };
}

/** The `docker` section of an artifact. */
export function dockerOf({ artifacts }: Pick<Module, "artifacts">, index = 0): DockerSection {
  const artifact = artifacts[index];
  if (artifact === undefined) throw new Error(`there is no artifact ${index}`);
  return dockerSection(artifact);
}

/** Loads one document; `apiVersion` and `kind` are put before it. */
export function loadConfig(body: string, options: Partial<LoadOptions> = {}): Promise<LoadedFiles> {
  return loadFiles({ "skaffold.yaml": header + body }, options);
}
