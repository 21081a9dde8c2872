/**
 * The tasks that a user's name stands for: those of an artifact (`acme/web`), of an object (`deployment/web`), or one
 * task by its id. A name without tasks gets a suggestion: the nearest name that has some.
 */
import { closest } from "../../std/text/edit-distance.ts";
import type { TaskId } from "../task.ts";

/** The tasks with exactly this name, else those whose id ends with it, part by part. */
export function tasksNamed(name: string, ids: readonly TaskId[]): readonly TaskId[] {
  const exact = ids.filter((id) => id === name || subjectOf(id) === name);
  if (exact.length > 0) return exact;
  const wanted = name.toLowerCase().split("/");
  return ids.filter((id) => endsWithParts(subjectOf(id).toLowerCase().split("/"), wanted));
}

/** The name nearest to a mistyped one. */
export function nearestSubject(name: string, ids: readonly TaskId[]): string | undefined {
  const whole = ids.map(subjectOf);
  const last = whole.map((subject) => subject.slice(subject.lastIndexOf("/") + 1));
  return closest(name, new Set([...whole, ...last]));
}

/**
 * The subject of a task: `acme/web` of `build:acme/web`, and of `deliver:acme/web@context` in one of several clusters.
 */
function subjectOf(id: TaskId): string {
  const at = id.indexOf("@");
  return id.slice(id.indexOf(":") + 1, at < 0 ? undefined : at);
}

/**
 * Whether the last parts are equal and the others occur in this order: `deployment/web` stands for
 * `apps/deployment/default/web`.
 */
function endsWithParts(parts: readonly string[], wanted: readonly string[]): boolean {
  if (parts.at(-1) !== wanted.at(-1)) return false;
  let at = 0;
  for (const part of parts) if (part === wanted[at]) at++;
  return at === wanted.length;
}
