/** The planner's verdict in one line: the short form of `devloop why`, shown with `-v info`. */
import type { Change, Verdict } from "../event/event.ts";
import { canonical } from "../std/data/json.ts";
import { count } from "./words.ts";

/** `docker.buildArgs.VERSION: "1" -> "2"`; of sealed values only that they changed. */
function changeWords(change: Change): string {
  // The key part of tasks that run once in each session, such as a hook.
  if (change.path === "session") return "another session";
  if (ofApply.includes(change.path)) return "applied anew";
  if (change.path.startsWith("bases.")) return baseWords(change);
  const path = change.path.replace(/^(files|fields)\./, "").replace(/^images\./, "image ");
  if (change.kind === "added") return `${path} added`;
  if (change.kind === "removed") return `${path} removed`;
  const isFile = change.path.startsWith("files.");
  if (isFile || (change.was === undefined && change.now === undefined)) return `${path} changed`;
  return `${path}: ${short(change.was)} -> ${short(change.now)}`;
}

function baseWords({ kind, path, was, now }: Change): string {
  const name = `base image ${path.slice("bases.".length)}`;
  if (kind === "removed") return `${name} is gone from the engine`;
  return kind === "added" ? `${name} is built here now` : `${name}: ${short(was)} -> ${short(now)}`;
}

/** Key parts of a wait that come from the apply before it: their digests and generations mean nothing to a reader. */
const ofApply: readonly string[] = ["uid", "applied", "state"];

/** Every change of a verdict in words, each once. */
export function changesWords(changes: readonly Change[]): readonly string[] {
  return [...new Set(changes.map(changeWords))];
}

/** Digests are shortened as everywhere; lists of names are written out. */
function short(value: Change["was"]): string {
  if (value === undefined) return "?";
  if (typeof value === "string" && value.startsWith("sealed:")) return "(secret)";
  const cut = (text: string) => text.replace(/(?:^sha256:)?([0-9a-f]{12})[0-9a-f]{52}\b/g, "$1");
  if (typeof value === "string" && cut(value) !== value) return cut(value);
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return `[${value.map(cut).join(", ")}]`;
  const text = cut(canonical(value));
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

const reasons = {
  "never-run": "never done before",
  changed: "changed",
  gone: "its result is gone",
  "failed-before": "failed last time",
  forced: "asked for",
} as const;

export const changesNamed = 3;

/** One line for a verdict; the first changes are named, the others counted. */
export function verdictWords(verdict: Verdict): string {
  if (verdict.kind === "observe") return "looks";
  if (verdict.kind === "kept")
    return verdict.absorbed
      ? `kept: what changed is synced (${count(verdict.absorbed, "path")})`
      : "kept: nothing that it watches changed";
  if (verdict.kind === "fresh") return `reused: ${verdict.proof}`;
  const all = changesWords(verdict.changes);
  const named = all.slice(0, changesNamed);
  const more = all.length > changesNamed ? [`and ${all.length - changesNamed} more`] : [];
  const detail = [...(verdict.detail ? [verdict.detail] : []), ...named, ...more].join("; ");
  return detail === ""
    ? reasons[verdict.reason]
    : verdict.reason === "changed"
      ? detail
      : `${reasons[verdict.reason]} (${detail})`;
}
