/**
 * The answer of `devloop why` as text. Decides words and order only: what ran and which named part had changed, what was
 * reused and on what proof, what each changed file led to. Without a subject what was reused is counted, not listed.
 */
import type { Explanation, PassStory, PathStory, Story } from "../graph/explain.ts";
import { below, pathWords } from "./path-words.ts";
import { taskWords } from "./task-words.ts";
import { changesNamed, changesWords, verdictWords } from "./verdict-words.ts";
import { count, seconds } from "./words.ts";

type Explained = Extract<Explanation, { kind: "explained" }>;

/** Lines without ends. @param all list what was reused, too; `cwd`: paths below it are shown without it */
export function whyLines({ run, at, outcome, passes }: Explained, all: boolean, cwd: string): string[] {
  const when = new Date(at).toLocaleString("sv-SE");
  const head = run ? `devloop ${run.argv.join(" ")}  (${when})` : `a run of ${when}`;
  const told = passes.map((pass) => passLines(pass, all, cwd)).filter((lines) => lines.length > 0);
  if (told.length === 0) return [head, `  ${nothingDone[outcome ?? "cut"]}`];
  return [head, ...told.flatMap((lines, i) => (i > 0 ? ["", ...lines] : lines))];
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
  // A hook and a wait give nothing on.
  if (outcome === "done" && result === "same" && kind !== "hook" && kind !== "wait")
    lines.push("      the result is what it was: nothing that depends on it changes");
  if (outcome === "done" && result === "other" && sameKey && kind === "build")
    lines.push("      the same inputs gave another result");
  return lines;
}
