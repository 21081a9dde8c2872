/**
 * From changed paths to verdicts: the consequence of each path and the rule that decided it. Pure: everything that has
 * to be read was read before.
 * A path that several artifacts use gets several verdicts. A path that cannot be synced rebuilds its artifact, and the
 * artifact's other paths of the batch are not synced then, because the new image contains them. An artifact that
 * another one is built on is never synced.
 */
import { posix } from "node:path";
import type { ChangeKind } from "../../build/placement.ts";
import { nameInTrees } from "../../build/watched.ts";
import type { PathVerdict } from "../../event/event.ts";
import { canonical } from "../../std/data/json.ts";
import { isBelow } from "../../std/text/below.ts";
import { isEditorFile } from "../watch/editor-files.ts";
import { type ArtifactFiles, type Fingerprint, isDirectory, type ProjectFiles } from "./project-files.ts";

/** The present state of a path. */
export interface PathState {
  /** Absolute. */
  readonly path: string;
  readonly kind: ChangeKind;
  readonly print: Fingerprint;
  /** When the path was read (`moment.ts`). */
  readonly at: number;
}

/** `unsure`: some container may hold other content. */
export interface ContainerFile {
  readonly print: Fingerprint;
  readonly unsure?: boolean;
}

/** What an artifact's containers hold of a path, from the image or by sync. Undefined: not known yet. */
export type ContainerFiles = (image: string, path: string) => ContainerFile | undefined;

export interface SyncFile {
  /** Absolute. */
  readonly source: string;
  /** Relative to the build context. */
  readonly path: string;
  readonly kind: ChangeKind;
  readonly print: Fingerprint;
  /** When the print had been read (`moment.ts`). */
  readonly at: number;
  readonly destinations: readonly string[];
}

export interface Classified {
  readonly verdicts: ReadonlyMap<string, readonly PathVerdict[]>;
  readonly sync: ReadonlyMap<string, readonly SyncFile[]>;
  /** Images of artifacts to be rebuilt. */
  readonly rebuild: ReadonlySet<string>;
  /** Whether another file that a pass reads changed. */
  readonly pass: boolean;
  readonly reload: boolean;
}

interface Verdicts {
  readonly of: Map<string, PathVerdict[]>;
  readonly sync: Map<string, { readonly file: SyncFile; readonly rule: string }[]>;
  readonly rebuild: Map<string, string>;
}

const unchanged = "its content is what it was";

/** @param rebuilding artifacts that are being rebuilt already: none of their files are synced */
export function classify(
  files: ProjectFiles,
  changes: readonly PathState[],
  held: ContainerFiles,
  rebuilding: ReadonlySet<string>,
): Classified {
  const found: Verdicts = { of: new Map(), sync: new Map(), rebuild: new Map() };
  let pass = false;
  let reload = false;
  for (const change of changes) {
    const verdicts: PathVerdict[] = [];
    found.of.set(change.path, verdicts);
    if (files.isConfig(change.path)) {
      reload = true;
      verdicts.push({ kind: "reload", file: change.path });
    }
    const observed = files.observed(change.path);
    const changed = observed.filter(({ changes }) => changes);
    if (changed.length > 0) pass = true;
    for (const { task, rule } of changed) verdicts.push({ kind: "observe", task, rule });
    const [left] = observed;
    if (left && changed.length === 0) verdicts.push({ kind: "tool-made", task: left.task });
    const ignored = files.artifacts.flatMap((artifact) => judge(artifact, change, held, rebuilding, found) ?? []);
    if (verdicts.length > 0) continue;
    if (ignored.includes(unchanged)) verdicts.push({ kind: "ignored", rule: unchanged, unchanged: true });
    else verdicts.push({ kind: "ignored", rule: ignored[0] ?? "nothing of the project uses it" });
  }
  return { verdicts: found.of, sync: settle(found), rebuild: new Set(found.rebuild.keys()), pass, reload };
}

/** Adds the artifact's verdict on the path, or returns the rule by which it ignores it. */
function judge(
  artifact: ArtifactFiles,
  change: PathState,
  held: ContainerFiles,
  rebuilding: ReadonlySet<string>,
  found: Verdicts,
): string | undefined {
  const { image, sources, place } = artifact;
  const verdicts = found.of.get(change.path) ?? [];
  const rebuild = (rule: string): undefined => {
    verdicts.push({ kind: "rebuild", artifact: image, rule });
    if (!found.rebuild.has(image)) found.rebuild.set(image, change.path);
  };
  const named = sources.extra.find((extra) => extra.path === change.path);
  if (named) return rebuild(named.name);
  if (sources.rules.includes(change.path)) return rebuild(posix.basename(change.path));
  const inTree = judgeInTrees(artifact, change, rebuilding.has(image) ? undefined : held);
  if (inTree?.kind === "rebuild") return rebuild(inTree.rule);
  const lost = change.kind === "gone" && !isEditorFile(change.path);
  if (lost && sources.listed?.some((folder) => isBelow(change.path, folder))) return rebuild("no longer listed");
  const path = relativeTo(sources.root, change.path);
  if (path === undefined) return inTree?.rule;
  if (isEditorFile(path)) return "an editor's temporary file";
  const part = sources.part(path, change.kind === "gone" ? "file" : change.kind);
  // A program that lists existing files does not list a deleted one, although the image may still have it.
  if (part !== "in" && sources.listed && held(image, path)?.print !== undefined) return rebuild("no longer listed");
  if (part !== "in") return `not an input of ${image}`;
  // During a build, the containers' content is outdated, because the build's result is still to come.
  const before = rebuilding.has(image) ? undefined : held(image, path);
  if (before !== undefined && !before.unsure && same(before.print, change.print))
    return change.kind === "gone" ? "it came and went" : unchanged;
  const line = sources.reason(path) ?? "build context";
  if (place === undefined) return rebuild(line);
  if (artifact.required) return rebuild(`${line}; not synced: another artifact is built on ${image}`);
  if (rebuilding.has(image)) return rebuild(`${line}; not synced: ${image} is being built`);
  const placement = place(path, change.kind);
  // A directory matters to a sync only by its files. An artifact without sync is rebuilt, because a build sees empty
  // directories, too.
  const directory = change.kind === "directory" || (change.kind === "gone" && isDirectory(before?.print));
  if (placement.kind === "unplaced" && directory) return `a directory by itself; not synced: ${placement.why}`;
  if (placement.kind === "unplaced") return rebuild(`${line}; not synced: ${placement.why}`);
  const { destinations, rule } = placement;
  const { kind, print, at } = change;
  const file: SyncFile = { source: change.path, path, kind, print, at, destinations };
  verdicts.push({ kind: "sync", artifact: image, rule, destinations });
  const all = found.sync.get(image) ?? [];
  found.sync.set(image, [...all, { file, rule }]);
  return undefined;
}

/** A file of a directory outside of the context is built, never synced. Undefined for a path in none of them. */
function judgeInTrees(
  { image, sources }: ArtifactFiles,
  { path, kind, print }: PathState,
  held: ContainerFiles | undefined,
): { readonly kind: "rebuild" | "ignored"; readonly rule: string } | undefined {
  const name = nameInTrees(sources, path);
  if (name === undefined) return undefined;
  if (isEditorFile(path)) return { kind: "ignored", rule: "an editor's temporary file" };
  if (kind === "directory") return { kind: "ignored", rule: `not an input of ${image}` };
  const before = held?.(image, name);
  const isKnown = before !== undefined && !before.unsure && contentOf(before.print) === contentOf(print);
  return isKnown ? { kind: "ignored", rule: unchanged } : { kind: "rebuild", rule: name };
}

/** Outside of the context the content alone counts, which is the last word of a description. */
function contentOf(print: Fingerprint): string | undefined {
  return typeof print === "string" ? print.split(" ").at(-1) : undefined;
}

/** Drops the syncs of artifacts that are rebuilt anyway, and says so in their verdicts. */
function settle(found: Verdicts): Map<string, readonly SyncFile[]> {
  const sync = new Map<string, readonly SyncFile[]>();
  for (const [image, files] of found.sync) {
    const cause = found.rebuild.get(image);
    if (cause === undefined) {
      sync.set(
        image,
        files.map(({ file }) => file),
      );
      continue;
    }
    for (const { file, rule } of files) {
      const verdicts = found.of.get(file.source) ?? [];
      const at = verdicts.findIndex((v) => v.kind === "sync" && v.artifact === image);
      const words = `${rule}, but ${posix.basename(cause)} has to be built`;
      verdicts.splice(at, 1, { kind: "rebuild", artifact: image, rule: words });
    }
  }
  return sync;
}

function same(a: Fingerprint, b: Fingerprint): boolean {
  return (a === undefined ? undefined : canonical(a)) === (b === undefined ? undefined : canonical(b));
}

function relativeTo(root: string, path: string): string | undefined {
  return path.startsWith(`${root}/`) ? path.slice(root.length + 1) : undefined;
}
