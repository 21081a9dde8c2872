/**
 * What is watched for an artifact, made from the inspection that its key is made of, so that everything that counts is
 * watched, for every builder.
 */
import { basename } from "node:path";
import type { PathPart, Watch, WatchedFiles } from "../graph/task.ts";
import { isBelow } from "../std/text/below.ts";
import type { SourceSpec } from "./builder.ts";

export function watchedOf({ root, trees = [], extra, rules, listed = [] }: SourceSpec): WatchedFiles {
  const beside = extra.map(({ path }) => path).filter((path) => !trees.some((tree) => isBelow(path, tree.root)));
  return { roots: [root, ...trees.map((tree) => tree.root), ...listed], files: [...beside, ...rules] };
}

/** The files that an artifact's hash depends on: every possible input, and the files that decide what counts. */
export function watchOf(sources: SourceSpec): Watch {
  return {
    ...watchedOf(sources),
    judge(path): PathPart | undefined {
      const rule = ruleOf(sources, path);
      return rule === undefined ? undefined : { rule, changes: true };
    },
  };
}

/** The rule by which a path counts, whether it exists or not, and whatever kind it is. */
function ruleOf(sources: SourceSpec, path: string): string | undefined {
  const { root, trees = [], extra, rules, listed } = sources;
  const named = extra.find((file) => file.path === path)?.name ?? nameInTrees(sources, path);
  if (named !== undefined) return named;
  if (rules.includes(path)) return basename(path);
  // A directory that was moved away is reported without its content.
  const folders = [root, ...trees.map((tree) => tree.root), ...(listed ?? [])];
  const all = [...folders, ...extra.map((file) => file.path), ...rules];
  if (folders.includes(path) || all.some((file) => isBelow(file, path))) return "build context";
  if (listed?.some((folder) => isBelow(path, folder))) return "looked in for what is listed";
  if (!isBelow(path, root)) return undefined;
  const name = path.slice(root.length + 1);
  const counts = listed || sources.part(name, "file") === "in" || sources.part(name, "directory") !== "out";
  return counts ? (sources.reason(name) ?? "build context") : undefined;
}

/** The input name of a file in one of the trees; undefined for any other path. */
export function nameInTrees({ trees = [] }: SourceSpec, path: string): string | undefined {
  const tree = trees.find((one) => isBelow(path, one.root));
  return tree && `${tree.name}:${path.slice(tree.root.length + 1)}`;
}
