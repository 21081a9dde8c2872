/**
 * The files that sources of manifests select, and the objects in them. Files come in the order of the sources and, for
 * a glob, by name. As in the reference tool a glob selects YAML and JSON files only, while a file named directly is
 * taken with any ending; a default source may match nothing, a written one must match.
 */
import { readFile, stat } from "node:fs/promises";
import { relative } from "node:path";
import { Source } from "../../config/yaml/source.ts";
import type { Diagnostic, Place } from "../../diag/diagnostic.ts";
import { goGlob } from "../../std/go/go-glob.ts";
import { hasWildcard } from "../../std/go/go-match.ts";
import { filesBelow } from "./files-below.ts";
import { type Manifest, readManifests } from "./read-manifest.ts";

/** One entry of `manifests.rawYaml`. */
export interface ManifestSource {
  /** Absolute path or glob, or an address with a scheme. */
  readonly pattern: string;
  readonly kind: "path" | "address";
  /** True for the default source, which may match nothing. */
  readonly isDefault: boolean;
  readonly at: Place;
}

type Report = (diagnostic: Diagnostic) => void;

/** Absolute paths of the selected files, each once. */
export async function manifestFiles(sources: readonly ManifestSource[], report: Report): Promise<string[]> {
  const files = new Set<string>();
  for (const source of sources) {
    // What is behind an address is fetched, and no file.
    if (source.kind === "address") continue;
    const found = await filesOf(source);
    for (const file of found) files.add(file);
    if (found.length === 0 && !source.isDefault)
      report({
        severity: "error",
        at: source.at,
        message: `no manifest matches ${source.pattern}`,
        suggestion: "create it, or take this line out",
      });
  }
  return [...files];
}

/** The objects of files, in order. Diagnostics go to `report`. Shown paths are relative to `cwd`. */
export async function readManifestFiles(files: readonly string[], cwd: string, report: Report): Promise<Manifest[]> {
  const texts = await Promise.all(files.map((file) => readFile(file, "utf8").catch(() => undefined)));
  return files.flatMap((file, i) => {
    const text = texts[i];
    const below = relative(cwd, file);
    const shown = below.startsWith("..") ? file : below;
    if (text !== undefined) return readManifests(new Source(file, shown, text), report);
    report({ severity: "error", message: `the manifest ${shown} cannot be read` });
    return [];
  });
}

async function filesOf(source: ManifestSource): Promise<readonly string[]> {
  const literal = source.pattern.replace(/\\(.)/g, "$1");
  if (await isDirectory(literal)) return below(literal);
  if (!hasWildcard(source.pattern)) return goGlob(source.pattern);
  const matched: string[] = [];
  for (const path of goGlob(source.pattern)) matched.push(...((await isDirectory(path)) ? below(path) : [path]));
  return matched.filter(isManifest);
}

function below(directory: string): string[] {
  return filesBelow(directory).filter(isManifest).sort();
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** Whether a file's ending is one that the reference tool accepts for files which are not named directly. */
export function isManifest(path: string): boolean {
  return /\.(?:ya?ml|json)$/.test(path);
}
