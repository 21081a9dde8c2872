/**
 * One COPY or ADD as a map of paths: where it puts a file, by BuildKit's rules of directories. A destination is a
 * directory when it ends in a slash, has several sources or is known to be one; what a directory holds goes right into
 * it. Whatever cannot be told without the base image's files is an answer of its own, never a guess.
 */
import { posix } from "node:path";
import type { CopyStep } from "../build/docker/plan.ts";
import { componentMatcher, hasWildcard } from "../std/go-match.ts";

export type Landing =
  | { readonly kind: "none" }
  | { readonly kind: "at"; readonly place: string }
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
  for (const source of step.sources) {
    if (source === null) return unknown(step, "a source of it depends on the base image");
    if (step.instruction === "ADD" && /^[a-z]+:\/\//i.test(source)) continue;
    const landing = landFrom(step, source, components, kind, isDirectory);
    if (landing.kind !== "none") return landing;
  }
  return none;
}

function landFrom(
  step: CopyStep,
  source: string,
  path: readonly string[],
  kind: "file" | "directory",
  isDirectory: (place: string) => boolean | undefined,
): Landing {
  const pattern = posix
    .join("/", source)
    .split("/")
    .filter((c) => c !== "");
  if (pattern.includes("**")) return unknown(step, "** is read in several ways");
  const short = path.length < pattern.length;
  if (short || !pattern.every((component, i) => componentMatcher(component)(path[i] ?? ""))) return none;
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

/** True where the step itself makes its destination a directory, whatever its sources are. */
export function isDirectoryForm(step: CopyStep): boolean {
  return step.sources.length + step.inline.length > 1 || /(^|\/)\.?$/.test(step.destination ?? "");
}

/** Whether the step may write to this place of the stage's file system. Errs towards yes. */
export function mayReach(step: CopyStep, place: string): boolean {
  if (step.destination === null) return true;
  const destination = posix.join(step.destination).replace(/(.)\/$/, "$1");
  return destination === "/" || place === destination || place.startsWith(`${destination}/`);
}

/** The paths of the step's own source tree that would end at `place`, where that can be told; null: any path may. */
export function sourcesOf(step: CopyStep, place: string): readonly string[] | null {
  if (step.destination === null || step.parents) return null;
  const rest = posix.relative(posix.join(step.destination), place);
  const found: string[] = [];
  for (const source of step.sources) {
    if (source === null) return null;
    const clean = posix.join("/", source).replace(/\/$/, "").slice(1);
    if (splitPath(clean).some(hasWildcard)) return null;
    if (rest === "") found.push(clean);
    else found.push(posix.join(clean, rest), ...(posix.basename(clean) === rest ? [clean] : []));
  }
  return found;
}

function at(destination: string, below: string): Landing {
  return { kind: "at", place: posix.join("/", destination, below) };
}

function unknown(step: CopyStep, why: string): Landing {
  return { kind: "unknown", why: `line ${step.line}: ${why}` };
}

function splitPath(path: string): string[] {
  return path.split("/").filter((c) => c !== "" && c !== ".");
}
