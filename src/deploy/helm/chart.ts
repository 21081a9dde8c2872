/**
 * The content of a local chart: its files by digest, and its dependencies. Archives below `charts/` that belong to a
 * dependency are written by helm and do not count, because the chart pins their version. A dependency by a path is made
 * from that folder, so its files count too. A link that leads out of the project is not walked.
 */
import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import { Failure } from "../../diag/failure.ts";
import { sha256 } from "../../std/data/digest.ts";
import { fileErrorWords } from "../../std/file-error.ts";
import { isInside, projectRoot } from "../manifests/project-root.ts";

export interface ChartDependency {
  readonly name: string;
  readonly version: string;
  readonly repository: string;
}

export interface ChartFiles {
  /** Relative path -> digest; one entry for an archive. */
  readonly files: Readonly<Record<string, string>>;
  readonly dependencies: readonly ChartDependency[];
  /** Folders outside of the chart that dependencies are made from, absolute. */
  readonly beside: readonly string[];
  /** Names of dependencies that `charts/` lacks in their pinned version. */
  readonly lacking: readonly string[];
}

/**
 * @param path a folder or an archive, absolute
 * @throws Failure where it cannot be read or is no chart
 */
export function readChart(path: string): ChartFiles {
  try {
    if (statSync(path).isFile()) return { files: { ".": digestOf(path) }, dependencies: [], beside: [], lacking: [] };
    return readFolder(path, new Set());
  } catch (thrown) {
    if (thrown instanceof Failure) throw thrown;
    throw new Failure({
      severity: "error",
      message: `the chart ${path} cannot be read: ${fileErrorWords(thrown)}`,
      suggestion: "chartPath has to be a folder with a Chart.yaml, or an archive made by `helm package`",
    });
  }
}

/** @param above charts that this one is a dependency of: a circle of paths ends there */
function readFolder(path: string, above: ReadonlySet<string>): ChartFiles {
  const dependencies = dependenciesOf(path);
  const made = new Set(dependencies.map(({ name, version }) => `charts/${name}-${version}.tgz`));
  const files: Record<string, string> = {};
  const all = walk({ root: path, within: limitOf(path), entered: new Set() }, "");
  for (const name of all) if (!made.has(name)) files[name] = digestOf(join(path, name));
  const beside: string[] = [];
  for (const { name, repository } of dependencies) {
    if (!repository.startsWith("file://")) continue;
    const folder = resolve(path, repository.slice("file://".length));
    if (above.has(folder) || folder === path) continue;
    beside.push(folder);
    const below = readFolder(folder, new Set([...above, path]));
    beside.push(...below.beside);
    for (const [file, digest] of Object.entries(below.files)) files[`(${name})/${file}`] = digest;
  }
  const lacking = dependencies.filter(({ name, version }) => !isThere(path, name, version)).map(({ name }) => name);
  return { files, dependencies, beside, lacking };
}

function dependenciesOf(path: string): readonly ChartDependency[] {
  const file = join(path, "Chart.yaml");
  const chart = parse(readFileSync(file, "utf8")) as { dependencies?: unknown } | null;
  const legacy = readIfThere(join(path, "requirements.yaml"));
  const listed = chart?.dependencies ?? (legacy && (parse(legacy) as { dependencies?: unknown })?.dependencies) ?? [];
  const locked = lockedVersions(path);
  if (!Array.isArray(listed)) throw new Failure(`the dependencies of ${file} are no list`);
  return listed.flatMap((each: Partial<ChartDependency> | null) => {
    if (typeof each?.name !== "string") return [];
    const version = locked.get(each.name) ?? String(each.version ?? "");
    return [{ name: each.name, version, repository: each.repository ?? "" }];
  });
}

/** Pinned versions from the lock file, which resolves ranges. */
function lockedVersions(path: string): ReadonlyMap<string, string> {
  const text = readIfThere(join(path, "Chart.lock")) ?? readIfThere(join(path, "requirements.lock"));
  const { dependencies } = ((text && parse(text)) || {}) as { dependencies?: readonly Partial<ChartDependency>[] };
  return new Map((dependencies ?? []).map(({ name = "", version = "" }) => [name, version] as const));
}

/** A dependency without a repository is a folder below `charts/`. */
function isThere(path: string, name: string, version: string): boolean {
  const at = (below: string) => statSync(join(path, "charts", below), { throwIfNoEntry: false });
  return at(`${name}-${version}.tgz`) !== undefined || at(name)?.isDirectory() === true;
}

/** A walk below one chart: folders outside of `within` are not entered, and no folder is entered twice. */
interface Walk {
  readonly root: string;
  /** A real path. */
  readonly within: string;
  readonly entered: Set<string>;
}

/** The folder that links of a chart must stay in: its project, or for a chart without one the folder that it is in. */
function limitOf(path: string): string {
  const root = projectRoot(path);
  return root === realpathSync(path) ? dirname(root) : root;
}

/** Files below a folder of a chart, links followed as helm does. What is no file (a pipe, a device) is left out. */
function* walk(of: Walk, below: string): Iterable<string> {
  const folder = join(of.root, below);
  const real = realpathSync(folder);
  if (of.entered.has(real) || !isInside(real, of.within)) return;
  of.entered.add(real);
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    if (entry.name === ".git") continue;
    // A broken link is a file here, so that reading it reports the error.
    const kind = entry.isSymbolicLink() ? statSync(join(of.root, path), { throwIfNoEntry: false }) : entry;
    if (kind?.isDirectory()) yield* walk(of, path);
    else if (kind === undefined || kind.isFile()) yield path;
  }
}

function digestOf(path: string): string {
  return sha256(readFileSync(path));
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
