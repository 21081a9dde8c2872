/** What the planner decided, in one line: the short form of `devloop why`, shown inline with `-v info`. */
import type { Change, Verdict } from "../event/event.ts";
import { canonical } from "../std/json.ts";

/** `docker.buildArgs.VERSION: "1" -> "2"`; sealed values show only that they changed. */
export function changeWords(change: Change): string {
  const short = (value: Change["was"]) => {
    if (value === undefined) return "?";
    const text = canonical(value);
    if (text.startsWith('"sealed:')) return "(secret)";
    return text.length > 60 ? `${text.slice(0, 57)}...` : text;
  };
  // What is done once in each session, such as a hook.
  if (change.path === "session") return "another session";
  if (change.kind === "added") return `${change.path} added`;
  if (change.kind === "removed") return `${change.path} removed`;
  if (change.was === undefined && change.now === undefined) return `${change.path} changed`;
  if (change.path.startsWith("files.")) return `${change.path.slice("files.".length)} changed`;
  return `${change.path}: ${short(change.was)} -> ${short(change.now)}`;
}

const reasons = {
  "never-run": "never done before",
  changed: "changed",
  gone: "its result is gone",
  "failed-before": "failed last time",
  forced: "asked for",
} as const;

/** One line for a verdict; at most three changes are named, the rest counted. */
export function verdictWords(verdict: Verdict): string {
  if (verdict.kind === "observe") return "looks";
  if (verdict.kind === "fresh") return `reused: ${verdict.proof}`;
  const named = verdict.changes.slice(0, 3).map(changeWords);
  const more = verdict.changes.length > 3 ? [`and ${verdict.changes.length - 3} more`] : [];
  const detail = [...(verdict.detail ? [verdict.detail] : []), ...named, ...more].join("; ");
  return detail === ""
    ? reasons[verdict.reason]
    : verdict.reason === "changed"
      ? detail
      : `${reasons[verdict.reason]} (${detail})`;
}
