/**
 * Which files of a build context count for a Dockerfile build: those that a reachable stage copies or mounts, without
 * those that the ignore file hides, plus the Dockerfile's own content. The ignore file counts through its effect on the
 * selection.
 */
import { sha256 } from "../../../std/data/digest.ts";
import type { Part, SourceSpec } from "../../builder.ts";
import type { CopyStep, Plan, Step } from "../dockerfile/plan.ts";
import { type ContextPattern, contextPattern } from "./context-pattern.ts";
import { followLinks } from "./follow-links.ts";
import type { IgnoreRules } from "./ignore-patterns.ts";

export interface ContextFiles {
  /** Absolute. */
  readonly context: string;
  readonly dockerfile: string;
  readonly ignoreFiles: readonly string[];
  readonly ignore: IgnoreRules;
}

/**
 * The sources of a plan; without one (the Dockerfile could not be understood) the whole context counts.
 * @param beside what counts outside of the context, whatever the plan
 */
export async function sourcesOf(
  files: ContextFiles,
  plan: Plan | undefined,
  { extra, trees }: Pick<SourceSpec, "extra" | "trees"> = { extra: [] },
): Promise<SourceSpec> {
  const patterns = plan === undefined ? [contextPattern(".", 1)] : plan.stages.flatMap((s) => s.steps.flatMap(readBy));
  const links = new Map<string, number>();
  const all = [...patterns];
  for (const pattern of patterns) {
    const followed = await followLinks(files.context, pattern);
    for (const link of followed.links) links.set(link, pattern.line);
    all.push(...followed.targets);
  }
  const linkParents = new Set([...links.keys()].flatMap(parentsOf));
  const dockerfileName = files.dockerfile.slice(files.dockerfile.lastIndexOf("/") + 1);

  /** The part of a path by the patterns alone, and the line that includes it. */
  const selected = (path: string): { part: Part; line?: number } => {
    const components = path.split("/");
    let parent = linkParents.has(path);
    for (const pattern of all) {
      const part = pattern.part(components);
      if (part === "in") return { part, line: pattern.line };
      parent ||= part === "parent";
    }
    const link = links.get(path);
    if (link !== undefined) return { part: "in", line: link };
    return { part: parent ? "parent" : "out" };
  };
  return {
    root: files.context,
    selection: sha256(
      JSON.stringify([
        all.map(({ components, wildcards }) => [components, wildcards]),
        [...links.keys()],
        files.ignore.text,
      ]),
    ),
    extra: [{ name: "Dockerfile", path: files.dockerfile }, ...extra],
    ...(trees ? { trees } : {}),
    rules: files.ignoreFiles,
    part(path, kind) {
      const { part } = selected(path);
      if (part === "out") return "out";
      const verdict = files.ignore.verdict(path);
      if (verdict === "kept") return part === "parent" && kind !== "directory" ? "out" : part;
      return kind === "directory" && verdict === "ignored-but-may-hold-kept" ? "parent" : "out";
    },
    reason(path) {
      const { line } = selected(path);
      return line === undefined || files.ignore.verdict(path) !== "kept" ? undefined : `${dockerfileName}:${line}`;
    },
  };
}

/** The patterns that a step reads from the context. An unknown source stands for the whole context. */
function readBy(step: Step): ContextPattern[] {
  if (step.kind === "run" || step.from.kind !== "context") return [];
  if (step.kind === "mount") return [contextPattern(step.source ?? ".", step.line, false)];
  return localSources(step).map((source) => contextPattern(source ?? ".", step.line));
}

/** The sources of a copy that are files of the context: no web addresses, no Git repositories. */
function localSources(step: CopyStep): readonly (string | null)[] {
  return step.sources.filter((source) => step.instruction === "COPY" || source === null || !isRemote(source));
}

/**
 * `github.com/...` without a scheme may be a directory, too: it counts as local, because an extra pattern does no harm.
 */
function isRemote(source: string): boolean {
  return /^(https?|git|ssh):\/\//i.test(source) || /^[\w.-]+@[\w.-]+:/.test(source);
}

function parentsOf(path: string): string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, i) => parts.slice(0, i + 1).join("/"));
}
