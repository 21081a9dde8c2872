/**
 * The answer of `devloop why` as text. Decides text and order only: what ran and which named part had changed, what was
 * reused and on what proof, the consequence of each changed file. Without a subject, reused tasks are counted and not
 * listed.
 */
import type { Explanation, PassStory, PathStory, Story } from "../graph/plan/explain.ts";
import { below, pathWords } from "./path-words.ts";
import { taskWords } from "./task-words.ts";
import { changesNamed, changesWords, verdictWords } from "./verdict-words.ts";
import { count, seconds } from "./words.ts";

type Explained = Extract<Explanation, { kind: "explained" }>;

export interface WhyOptions {
  /** Whether reused tasks are listed, too. */
  readonly all: boolean;
  /** Paths below this folder are shown relative to it. */
  readonly cwd: string;
  /** Number of the pass, counted back from the last one, which is 0. */
  readonly back?: number;
}

/** Lines without ends. */
export function whyLines({ run, at, outcome, passes, more }: Explained, options: WhyOptions): string[] {
  const { all, cwd, back = 0 } = options;
  const head = run ? `devloop ${run.argv.join(" ")}  (${timeWords(at)})` : `a run of ${timeWords(at)}`;
  const told = passes.flatMap((pass) => passLines(pass, all, cwd));
  if (passes.length === 0 || (told.length === 0 && !more && back === 0))
    return [head, `  ${nothingDone[outcome ?? "cut"]}`];
  const which = more || back > 0 ? passes.map((pass) => passWords(pass, back, more)) : [];
  return [head, ...which, ...(told.length === 0 ? ["  nothing was done: everything was as it should be"] : told)];
}

/** The heading of a pass; only where there are several. */
function passWords({ at, saves = 0 }: PassStory, back: number, more: boolean): string {
  const which = back === 0 ? "the last pass" : `${back} ${back === 1 ? "pass" : "passes"} before the last`;
  const answers = saves > 1 ? `, for ${count(saves, "save")}` : "";
  return `  ${which}, at ${timeWords(at)}${answers}${more ? `; the one before it: --pass=${back + 1}` : ""}`;
}

function timeWords(at: number): string {
  return new Date(at).toLocaleString("sv-SE");
}

const nothingDone = {
  ok: "nothing was done: everything was as it should be",
  failed: "it failed before anything was to be done",
  cancelled: "it was cancelled before anything was done",
  cut: "nothing was done so far, or its log was cut off",
} as const;

function passLines({ paths, stories }: PassStory, all: boolean, cwd: string): string[] {
  const acted = stories.filter(({ verdict, outcome }) => verdict?.kind !== "observe" || outcome === "failed");
  const reused = acted.filter(({ verdict }) => verdict?.kind === "fresh" || verdict?.kind === "kept");
  const skipped = acted.filter(({ outcome }) => outcome === "skipped");
  const shown = all ? acted : acted.filter((story) => !reused.includes(story) && !skipped.includes(story));
  const lines = [...paths.map((path) => pathLine(path, cwd)), ...shown.flatMap(storyLines)];
  if (!all && skipped.length > 0) lines.push(`  ${count(skipped.length, "task")} not begun: ${skippedWhy}`);
  if (!all && reused.length > 0) lines.push(`  ${count(reused.length, "task")} reused`);
  return lines;
}

const skippedWhy = "something before failed";

function pathLine({ path, verdicts }: PathStory, cwd: string): string {
  return `  ${below(path, cwd)}: ${verdicts.map(pathWords).join("; ")}`;
}

function storyLines(story: Story): string[] {
  const { task, kind, verdict, outcome, seconds: took, complaint, result, sameKey } = story;
  if (outcome === "skipped") return [`  ${taskWords(task)}: not begun: ${skippedWhy}`];
  const why =
    verdict === undefined ? ": never planned" : verdict.kind === "observe" ? "" : `: ${verdictWords(verdict)}`;
  const end =
    outcome === undefined || verdict?.kind === "fresh"
      ? ""
      : `  [${outcome}${took === undefined ? "" : ` in ${seconds(took)}`}]`;
  const lines = [`  ${taskWords(task)}${why}${end}`];
  if (verdict?.kind === "stale")
    lines.push(
      ...changesWords(verdict.changes)
        .slice(changesNamed)
        .map((change) => `      ${change}`),
    );
  if (complaint !== undefined) lines.push(`      ${complaint}`);
  // The outputs of hooks and waits are used by no other task.
  if (outcome === "done" && result === "same" && kind !== "hook" && kind !== "wait")
    lines.push("      the result is what it was: nothing that depends on it changes");
  if (outcome === "done" && result === "other" && sameKey && kind === "build")
    lines.push("      the same inputs gave another result");
  return lines;
}
