/**
 * Why a run did what it did, from its log: for each pass what was stale and which named part had changed, what was
 * reused and on what proof, what each changed file led to. Data only; the words are a view's. Sealed values were never
 * written to the log, so none can come out.
 */
import type { Stamped } from "../event/bus.ts";
import type { Event, Hold, PathVerdict, Verdict } from "../event/event.ts";
import { nearestSubject, tasksNamed } from "./subject.ts";
import type { TaskId } from "./task.ts";

/** What became of one task in one pass. */
export interface Story {
  readonly task: TaskId;
  readonly kind: string;
  readonly at: number;
  /** Absent where the task was never planned: what it depends on was lost before its turn. */
  readonly verdict?: Verdict;
  readonly holds: readonly Hold[];
  /** Absent where the task did not run, or the log ends before it did. */
  readonly outcome?: "done" | "failed" | "cancelled" | "skipped";
  readonly seconds?: number;
  /** What it failed with. */
  readonly complaint?: string;
  /** Of a task that ran: whether it gave what it had given before, which stops the wave there. */
  readonly result?: "same" | "other";
  /** It ran under the key of the time before: what changed is not among its inputs. */
  readonly sameKey?: boolean;
}

export interface PathStory {
  readonly path: string;
  readonly at: number;
  readonly verdicts: readonly PathVerdict[];
}

/** One pass: the first run, or what one save led to. `paths` are the changes that came before it. */
export interface PassStory {
  readonly at: number;
  readonly paths: readonly PathStory[];
  readonly stories: readonly Story[];
}

export type Explanation =
  | {
      readonly kind: "explained";
      readonly run: Pick<Extract<Event, { type: "run-started" }>, "command" | "argv" | "run" | "version"> | undefined;
      readonly at: number;
      /** How the run ended; absent while it lasts, or where its log was cut off. */
      readonly outcome?: Extract<Event, { type: "run-ended" }>["outcome"];
      /** Oldest first; with a subject, only those in which it played a part. */
      readonly passes: readonly PassStory[];
    }
  | { readonly kind: "unknown"; readonly subject: string; readonly nearest: string | undefined };

/**
 * @param log of the run to explain
 * @param subject an artifact, an object, a file or a task; everything when absent
 * @param earlier the log before it, for what results were then
 */
export function explain(log: readonly Stamped[], subject?: string, earlier: readonly Stamped[] = []): Explanation {
  const started = log.find(({ event }) => event.type === "run-started");
  const run = started?.event.type === "run-started" ? started.event : undefined;
  const told = tellPasses(log, resultsOf(earlier));
  const at = started?.at ?? log[0]?.at ?? 0;
  const ended = log.map(({ event }) => event).findLast((event) => event.type === "run-ended");
  const about = { kind: "explained", run, at, ...(ended ? { outcome: ended.outcome } : {}) } as const;
  if (subject === undefined) return { ...about, passes: told };
  const ids = [...new Set(told.flatMap(({ stories }) => stories.map(({ task }) => task)))];
  const named = new Set(tasksNamed(subject, ids));
  const passes = named.size > 0 ? aboutTasks(told, named) : aboutFile(told, subject);
  if (passes.length === 0) return { kind: "unknown", subject, nearest: nearestSubject(subject, ids) };
  return { ...about, passes };
}

function aboutTasks(passes: readonly PassStory[], named: ReadonlySet<TaskId>): PassStory[] {
  return passes
    .map((pass) => ({ ...pass, stories: pass.stories.filter(({ task }) => named.has(task)) }))
    .filter(({ stories }) => stories.length > 0);
}

/** Passes in which the file changed, or was what made a task stale. */
function aboutFile(passes: readonly PassStory[], file: string): PassStory[] {
  const isFile = (path: string) => path === file || path.endsWith(`/${file}`) || file.endsWith(`/${path}`);
  const isChanged = ({ verdict }: Story) =>
    verdict?.kind === "stale" &&
    verdict.changes.some(({ path }) => path.startsWith("files.") && isFile(path.slice("files.".length)));
  return passes
    .map((pass) => ({
      ...pass,
      paths: pass.paths.filter(({ path }) => isFile(path)),
      stories: pass.stories.filter(isChanged),
    }))
    .filter(({ paths, stories }) => paths.length + stories.length > 0);
}

interface Result {
  readonly key: string | undefined;
  readonly output: string | undefined;
}

/** A pass begins where a task is planned that the one before had planned already. */
function tellPasses(log: readonly Stamped[], results: Map<TaskId, Result>): PassStory[] {
  const passes: { at: number; paths: PathStory[]; stories: Map<TaskId, Story> }[] = [];
  const keys = new Map<TaskId, string>();
  let changed: PathStory[] = [];
  for (const { at, event } of log) {
    let pass = passes.at(-1);
    if (event.type === "change") changed.push({ path: event.path, at, verdicts: event.verdicts });
    else if (event.type === "task-planned") {
      if (!pass || pass.stories.has(event.task)) {
        pass = { at, paths: changed, stories: new Map() };
        passes.push(pass);
        changed = [];
      }
      const { task, kind, verdict, key } = event;
      pass.stories.set(task, { task, kind, at, verdict, holds: [] });
      if (key !== undefined) keys.set(task, key);
    } else if (pass && event.type === "task-held") {
      const story = pass.stories.get(event.task);
      if (story) pass.stories.set(event.task, { ...story, holds: [...story.holds, event.hold] });
    } else if (pass && event.type === "task-ended") {
      const { task, kind, outcome, seconds, output, diagnostics } = event;
      const complaint = diagnostics?.[0]?.message;
      // A newer pass may have joined what an older one planned and began: there it is told.
      if (outcome !== "skipped") pass = passes.findLast(({ stories }) => stories.has(task)) ?? pass;
      const story = pass.stories.get(task) ?? { task, kind, at, holds: [] };
      const before = results.get(task);
      const now: Result = { key: keys.get(task), output };
      pass.stories.set(task, {
        ...story,
        outcome,
        seconds,
        ...(complaint === undefined ? {} : { complaint }),
        ...(before && output ? compare(before, now) : {}),
      });
      if (output !== undefined) results.set(task, now);
    }
  }
  // Changes that led to no pass (ignored, or synced) still have their verdicts.
  if (changed.length > 0) passes.push({ at: changed[0]?.at ?? 0, paths: changed, stories: new Map() });
  return passes.map((pass) => ({ ...pass, stories: [...pass.stories.values()] }));
}

function compare(before: Result, now: Result): Pick<Story, "result" | "sameKey"> {
  const result = before.output === now.output ? "same" : "other";
  return now.key === undefined ? { result } : { result, sameKey: before.key === now.key };
}

function resultsOf(log: readonly Stamped[]): Map<TaskId, Result> {
  const results = new Map<TaskId, Result>();
  const keys = new Map<TaskId, string>();
  for (const { event } of log) {
    if (event.type === "task-planned" && event.key !== undefined) keys.set(event.task, event.key);
    if (event.type === "task-ended" && event.output !== undefined)
      results.set(event.task, { key: keys.get(event.task), output: event.output });
  }
  return results;
}
