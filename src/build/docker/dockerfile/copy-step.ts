/**
 * One COPY or ADD as a map of paths: where it puts a file, by BuildKit's rules of directories. A destination is a
 * directory when it ends in a slash, has several sources or is known to be one; the content of a copied directory goes
 * directly into it. Where only the base image's files could tell, the answer is `unknown`.
 */
import { posix } from "node:path";
import { componentMatcher, hasWildcard } from "../../../std/go/go-match.ts";
import type { TreeView } from "../../placement.ts";
import type { CopyStep } from "./plan.ts";

export type Landing =
  | { readonly kind: "none" }
  /** `source`: index of the step's source that copies the file. A later source may put another file there. */
  | { readonly kind: "at"; readonly place: string; readonly source: number }
  | { readonly kind: "unknown"; readonly why: string };

const none: Landing = { kind: "none" };
const archive = /\.(tar|tgz|tbz2?|txz|tzst|tar\.[a-z0-9]+)$/i;

/**
 * @param path without a leading slash: in the context, or in the file system that the step copies from
 * @param isDirectory whether a path of the stage is known to be a directory: true, false, or undefined for unknown
 */
export function land(
  step: CopyStep,
  path: string,
  kind: "file" | "directory",
  isDirectory: (place: string) => boolean | undefined,
): Landing {
  const components = path.split("/");
  for (const [index, source] of step.sources.entries()) {
    if (source === null) return unknown(step, "a source of it depends on the base image");
    if (step.instruction === "ADD" && /^[a-z]+:\/\//i.test(source)) continue;
    const landing = landFrom(step, source, components, kind, isDirectory);
    if (landing === undefined) continue;
    return typeof landing === "string" ? { kind: "at", place: landing, source: index } : landing;
  }
  return none;
}

/** Undefined where this source does not copy the path. */
function landFrom(
  step: CopyStep,
  source: string,
  path: readonly string[],
  kind: "file" | "directory",
  isDirectory: (place: string) => boolean | undefined,
): string | Landing | undefined {
  const pattern = posix
    .join("/", source)
    .split("/")
    .filter((c) => c !== "");
  if (pattern.includes("**")) return unknown(step, "** is read in several ways");
  const short = path.length < pattern.length;
  if (short || !pattern.every((component, i) => componentMatcher(component)(path[i] ?? ""))) return undefined;
  if (step.destination === null) return unknown(step, "its destination depends on the base image");
  if (step.exclude.length > 0) return unknown(step, "it has --exclude");
  if (step.parents) {
    const pivot = source.indexOf("/./");
    const fixed = pivot < 0 ? 0 : splitPath(source.slice(0, pivot)).length;
    return at(step.destination, path.slice(fixed).join("/"));
  }
  const rest = path.slice(pattern.length);
  if (rest.length > 0) return at(step.destination, rest.join("/"));
  if (kind === "directory") return unknown(step, "it is the copied directory itself");
  const name = path.at(-1) ?? "";
  if (step.instruction === "ADD" && archive.test(name)) return unknown(step, "ADD unpacks archives");
  if (isDirectoryForm(step) || isDirectory(posix.join(step.destination)) === true) return at(step.destination, name);
  const wild = hasWildcard(pattern.at(-1) ?? "");
  const called = posix.basename(step.destination);
  const sameKind = called === name || (posix.extname(name) !== "" && posix.extname(called) === posix.extname(name));
  if (!wild && (sameKind || isDirectory(posix.join(step.destination)) === false)) return at(step.destination, "");
  return unknown(step, `${step.destination} may be a directory of the base image; end it with a slash if it is`);
}

/** True where the form of the step makes its destination a directory, whatever its sources are. */
export function isDirectoryForm(step: CopyStep): boolean {
  return step.sources.length + step.inline.length > 1 || /(^|\/)\.?$/.test(step.destination ?? "");
}

/** Whether the step may write to this path of the stage's file system; true in doubtful cases. */
export function mayReach(step: CopyStep, place: string): boolean {
  if (step.destination === null) return true;
  const destination = posix.join(step.destination).replace(/(.)\/$/, "$1");
  return destination === "/" || place === destination || place.startsWith(`${destination}/`);
}

/** Whether one of the step's sources from `first` on puts a file other than `path` at `place`. null: unknown. */
export function putsAnother(step: CopyStep, place: string, path: string, tree: TreeView, first = 0): boolean | null {
  if (step.inline.length > 0 || step.destination === null || step.parents) return null;
  const rest = posix.relative(posix.join(step.destination), place);
  for (const source of step.sources.slice(first)) {
    if (source === null) return null;
    const components = posix
      .join("/", source)
      .split("/")
      .filter((c) => c !== "");
    if (components.includes("**")) return null;
    for (const found of matching(tree, "", components)) {
      const candidates =
        rest === "" ? [found] : [posix.join(found, rest), ...(posix.basename(found) === rest ? [found] : [])];
      if (candidates.some((candidate) => candidate !== path && tree.exists(candidate))) return true;
    }
  }
  return false;
}

/** The paths of the tree that a pattern matches; a pattern without a wildcard matches even a missing path. */
function matching(tree: TreeView, below: string, components: readonly string[]): readonly string[] {
  const [first, ...rest] = components;
  if (first === undefined) return [below];
  const at = (name: string) => (below === "" ? name : `${below}/${name}`);
  if (!hasWildcard(first)) return matching(tree, at(first), rest);
  const matches = componentMatcher(first);
  return tree
    .children(below)
    .filter(matches)
    .flatMap((name) => matching(tree, at(name), rest));
}

function at(destination: string, below: string): string {
  return posix.join("/", destination, below);
}

function unknown(step: CopyStep, why: string): Landing {
  return { kind: "unknown", why: `line ${step.line}: ${why}` };
}

function splitPath(path: string): string[] {
  return path.split("/").filter((c) => c !== "" && c !== ".");
}
