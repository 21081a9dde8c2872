/**
 * From the paths of file events to their present state. A reported path stands for everything below it, because a moved
 * tree reports only its top: for files that exist, and for files that the containers still hold. Content is read only
 * where an artifact counts the path. A build takes a link as a link, so a path that leads through one below a context does
 * not exist: the target of the link counts by its own path.
 */
import { lstat, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { PathKind } from "../../build/builder.ts";
import type { ChangeKind } from "../../build/placement.ts";
import { nameInTrees } from "../../build/watched.ts";
import { moment } from "../../std/moment.ts";
import { isBelow } from "../../std/text/below.ts";
import { isEditorFile } from "../watch/editor-files.ts";
import type { PathState } from "./classify.ts";
import type { Fingerprint, ProjectFiles } from "./project-files.ts";

export interface ReadOptions {
  readonly files: ProjectFiles;
  /** The path's description as hashes record it; undefined where the path does not exist. */
  print(path: string, signal: AbortSignal): Promise<Fingerprint>;
  /** Paths relative to the artifact's context that its containers hold, below a directory. */
  heldBelow(image: string, directory: string): Iterable<string>;
}

const parallel = 64;

export async function readChanges(
  paths: Iterable<string>,
  options: ReadOptions,
  signal: AbortSignal,
): Promise<readonly PathState[]> {
  const found = new Map<string, ChangeKind>();
  const seen: Seen = { ...options, links: new Map() };
  // From the top down, so that what a directory stands for is read only once.
  for (const path of [...paths].sort()) {
    if (found.has(path)) continue;
    await expand(path, seen, found);
    await addLost(path, seen, found);
  }
  const all = [...found];
  const looked: PathState[] = [];
  for (let i = 0; i < all.length; i += parallel) {
    signal.throwIfAborted();
    const some = all.slice(i, i + parallel).map(async ([path, kind]): Promise<PathState> => {
      const counts = kind !== "gone" && counted(path, kind, options.files);
      const print = counts ? await options.print(path, signal) : undefined;
      return { path, kind, print, at: moment() };
    });
    looked.push(...(await Promise.all(some)));
  }
  return looked;
}

/** The links that one look has found: whether an absolute path is a link. */
interface Seen extends ReadOptions {
  readonly links: Map<string, boolean>;
}

async function expand(path: string, options: Seen, found: Map<string, ChangeKind>): Promise<void> {
  if (found.has(path)) return;
  const kind = await kindOf(path, options);
  found.set(path, kind);
  if (kind !== "directory" || !mayHold(path, options.files)) return;
  for (const name of await readdir(path).catch(() => [])) await expand(join(path, name), options, found);
}

/** Adds missing paths that were below the path: a directory that was moved away may have been created again since. */
async function addLost(path: string, options: Seen, found: Map<string, ChangeKind>): Promise<void> {
  const add = async (lost: string) => {
    if (!found.has(lost)) found.set(lost, await kindOf(lost, options));
  };
  for (const { image, sources } of options.files.artifacts) {
    for (const extra of sources.extra) if (isBelow(extra.path, path)) await add(extra.path);
    const below =
      path === sources.root ? "" : isBelow(path, sources.root) ? path.slice(sources.root.length + 1) : undefined;
    if (below === undefined) continue;
    for (const held of options.heldBelow(image, below)) {
      const lost = join(sources.root, held);
      if (isBelow(lost, path)) await add(lost);
    }
  }
}

async function kindOf(path: string, seen: Seen): Promise<ChangeKind> {
  const stat = await lstat(path).catch(() => undefined);
  if (stat === undefined || (await isBehindLink(path, seen))) return "gone";
  return stat.isDirectory() ? "directory" : stat.isSymbolicLink() ? "symlink" : "file";
}

/** Whether a link stands between the path and the innermost directory of an artifact that it is in. */
async function isBehindLink(path: string, { files, links }: Seen): Promise<boolean> {
  const roots = files.artifacts.flatMap(({ sources: { root, trees = [] } }) => [
    root,
    ...trees.map((tree) => tree.root),
  ]);
  const root = roots.filter((one) => isBelow(path, one)).reduce((a, b) => (a.length > b.length ? a : b), "");
  if (root === "") return false;
  for (let above = dirname(path); above !== root && isBelow(above, root); above = dirname(above)) {
    const isLink = links.get(above) ?? (await lstat(above).catch(() => undefined))?.isSymbolicLink() === true;
    links.set(above, isLink);
    if (isLink) return true;
  }
  return false;
}

function counted(path: string, kind: PathKind, files: ProjectFiles): boolean {
  if (isEditorFile(path)) return false;
  return files.artifacts.some(
    ({ sources }) =>
      nameInTrees(sources, path) !== undefined ||
      (isBelow(path, sources.root) && sources.part(path.slice(sources.root.length + 1), kind) === "in"),
  );
}

/**
 * Whether something below a directory may count: for an artifact, for another observation, or because the directory is
 * in neither.
 */
export function mayHold(directory: string, { artifacts, others }: ProjectFiles): boolean {
  const trees = artifacts.flatMap(({ sources }) => sources.trees ?? []);
  if (trees.some(({ root }) => root === directory || isBelow(directory, root) || isBelow(root, directory))) return true;
  const within = artifacts.filter(({ sources }) => isBelow(directory, sources.root));
  const outer = artifacts.some(({ sources }) => directory === sources.root || isBelow(sources.root, directory));
  if (outer || within.length === 0) return true;
  // A folder of manifests in a context counts even where the context excludes it; a context below a root does not.
  const { roots, files } = others();
  const inContext = (root: string) => within.every(({ sources }) => isBelow(root, sources.root));
  if (
    roots.some(
      (root) => isBelow(root, directory) || (inContext(root) && (root === directory || isBelow(directory, root))),
    )
  )
    return true;
  if (files.some((file) => isBelow(file, directory))) return true;
  return within.some(({ sources }) => sources.part(directory.slice(sources.root.length + 1), "directory") !== "out");
}
