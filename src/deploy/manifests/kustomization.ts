/**
 * The local files of a kustomization: its own file, the files that it names, and the kustomizations below it. Named
 * files that do not exist count too, because they may be created. Fetched content is left out.
 * Kustomize decides whether a kustomization is valid. A chart outside of the project is not walked, because its name
 * and folder may be any path.
 */
import { readFileSync, realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, join, normalize, resolve } from "node:path";
import { kustomizationNames } from "../../config/project.ts";
import { realFiles } from "../../config/resolve/scope.ts";
import { toTree } from "../../config/yaml/convert.ts";
import { readYaml } from "../../config/yaml/read.ts";
import { Source } from "../../config/yaml/source.ts";
import { toJson } from "../../config/yaml/tree.ts";
import { isJsonRecord, type Json, type JsonRecord } from "../../std/data/json.ts";
import { isFetched } from "../../std/repository-address.ts";
import { filesBelow } from "./files-below.ts";
import { takesMore } from "./kustomization-outside.ts";
import { isInside, projectRoot } from "./project-root.ts";

/** Fields with lists of files, or of folders with a kustomization; a text of several lines is an inline patch. */
const lists = [
  "resources",
  "bases",
  "components",
  "configurations",
  "crds",
  "generators",
  "transformers",
  "validators",
  "patchesStrategicMerge",
] as const;
const withPath = ["patches", "patchesJson6902", "replacements"] as const;

/** @returns the kustomization's own file, absolute; undefined where the folder has none */
function kustomizationIn(directory: string): string | undefined {
  return kustomizationNames.map((name) => join(directory, name)).find(realFiles.isFile);
}

/**
 * Absolute paths, each once, sorted.
 * @param directory absolute
 */
export function kustomizationFiles(directory: string): readonly string[] {
  return kustomizationParts(directory).files;
}

export interface KustomizationParts {
  /** Absolute paths, each once, sorted. */
  readonly files: readonly string[];
  /** Whether the rendered result depends on these files alone. */
  readonly closed: boolean;
}

/** @param directory absolute */
export function kustomizationParts(directory: string): KustomizationParts {
  let closed = true;
  const files = new Set<string>();
  const folders = [directory];
  let root: string | undefined;
  const seen = new Set(folders);
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const own = kustomizationIn(folder);
    if (own === undefined) {
      for (const name of kustomizationNames) files.add(join(folder, name));
      continue;
    }
    files.add(own);
    const kustomization = read(own);
    const names = named(kustomization);
    if (takesMore(kustomization, names, folder)) closed = false;
    for (const text of names) {
      const path = isAbsolute(text) ? normalize(text) : join(folder, text);
      if (!realFiles.isDirectory(path)) {
        if (realFiles.isFile(path) || !isFetched(text)) files.add(path);
      } else if (!seen.has(path)) {
        seen.add(path);
        folders.push(path);
      }
    }
    for (const chart of charts(kustomization, folder)) {
      root ??= projectRoot(directory);
      for (const path of chartFiles(chart, root)) files.add(path);
    }
  }
  return { files: [...files].sort(), closed };
}

function read(file: string): JsonRecord {
  const source = new Source(file, file, textOf(file));
  const [first] = readYaml(source, () => undefined);
  const tree = first && toTree(first.document, source, () => undefined);
  const value = tree && toJson(tree);
  return isJsonRecord(value) ? value : {};
}

/** The texts in a kustomization that name files, folders or addresses. */
function named(kustomization: JsonRecord): readonly string[] {
  const { openapi } = kustomization;
  return [
    ...lists.flatMap((field) => texts(kustomization[field])),
    ...withPath.flatMap((field) => records(kustomization[field]).flatMap(({ path }) => texts(path))),
    ...["configMapGenerator", "secretGenerator"].flatMap((field) =>
      records(kustomization[field]).flatMap(({ files, envs, env }) => [
        ...texts(files).map((text) => text.slice(text.indexOf("=") + 1)),
        ...texts(envs),
        ...texts(env),
      ]),
    ),
    ...records(kustomization.helmCharts).flatMap(({ valuesFile, additionalValuesFiles }) => [
      ...texts(valuesFile),
      ...texts(additionalValuesFiles),
    ]),
    ...texts(isJsonRecord(openapi) ? openapi.path : undefined),
  ].filter((text) => text !== "" && !text.includes("\n"));
}

/** Folders of local charts. A chart that is pulled does not change by itself. A name that is a path is ignored. */
function charts({ helmCharts, helmGlobals }: JsonRecord, folder: string): readonly string[] {
  const [home = "charts"] = texts(isJsonRecord(helmGlobals) ? helmGlobals.chartHome : undefined);
  const names = records(helmCharts).flatMap(({ name }) => texts(name));
  return names
    .filter((name) => /^[^/\\]+$/.test(name) && name !== "." && name !== "..")
    .map((name) => resolve(folder, home, name));
}

/** A text, or a list of texts, as a list. */
function texts(value: Json | undefined): readonly string[] {
  const all = Array.isArray(value) ? value : [value];
  return all.filter((item) => typeof item === "string");
}

function records(value: Json | undefined): readonly JsonRecord[] {
  return Array.isArray(value) ? value.filter(isJsonRecord) : [];
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** The files of a chart within `root`. For a folder without a chart, the file that would make it one. */
function chartFiles(directory: string, root: string): readonly string[] {
  const mark = join(directory, "Chart.yaml");
  if (!realFiles.isDirectory(directory)) return isInside(realPlace(directory), root) ? [mark] : [];
  if (!isInside(realpathSync(directory), root)) return [];
  return realFiles.isFile(mark) ? filesBelow(directory, root) : [mark];
}

/** The real path of a missing file, from its nearest existing parent. */
function realPlace(path: string): string {
  const above = dirname(path);
  return join(
    realFiles.isDirectory(above) || dirname(above) === above ? realpathSync(above) : realPlace(above),
    basename(path),
  );
}
