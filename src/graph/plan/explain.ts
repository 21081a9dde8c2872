/**
 * Why a pass of a run did what it did, from the run's log: which tasks were stale and which named parts had changed,
 * which outputs were reused and on what proof, and the consequence of each changed file. Data only; `ui/` makes the
 * text. Sealed values are not in the log, so the answer holds none.
 */
import type { Stamped } from "../../event/bus.ts";
import type { Event, Hold, PathVerdict, Verdict } from "../../event/event.ts";
import type { TaskId } from "../task.ts";
import { nearestSubject, tasksNamed } from "./subject.ts";

/** What happened to one task in one pass. */
export interface Story {
  readonly task: TaskId;
  readonly kind: string;
  readonly at: number;
  /** Absent where the task was never planned, because a task that it depends on did not succeed. */
  readonly verdict?: Verdict;
  readonly holds: readonly Hold[];
  /** Absent where the task did not run, or the log ends before it did. */
  readonly outcome?: "done" | "failed" | "cancelled" | "skipped";
  readonly seconds?: number;
  /** The message of the failure. */
  readonly complaint?: string;
  /** For a task that ran: whether its output equals the previous one, in which case dependent tasks do not run. */
  readonly result?: "same" | "other";
  /** Whether it ran under the same key as before: then something outside of its inputs made it stale. */
  readonly sameKey?: boolean;
}

export interface PathStory {
  readonly path: string;
  readonly at: number;
  readonly verdicts: readonly PathVerdict[];
}

/**
 * One pass: the first run, or the answer to saves. `paths` are the changes that it answers for, including those of
 * passes that it superseded.
 */
export interface PassStory {
  readonly at: number;
  /** Number of the pass in the run; absent in logs that do not mark where a pass begins. */
  readonly number?: number;
  /** How many saves the pass answers for. */
  readonly saves?: number;
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
      /** The pass that was asked for; with a subject, its part in that pass. Empty where the run had none. */
      readonly passes: readonly PassStory[];
      /** Whether there are passes before this one. */
      readonly more: boolean;
    }
  | { readonly kind: "unknown"; readonly subject: string; readonly nearest: string | undefined }
  /** Fewer passes are kept than were asked for; `kept` of them. */
  | { readonly kind: "no-pass"; readonly kept: number };

/** A part of a run's log: one pass, and the events up to the next pass. Some parts of long runs are dropped. */
export interface LogPart {
  /** Number of the part in the run; a missing number belongs to a dropped part. */
  readonly nth: number;
  read(): Promise<readonly Stamped[]>;
}

export interface Question {
  /** An artifact, an object, a file or a task; absent: everything. */
  readonly subject?: string | undefined;
  /** How many passes before the last one; with a subject, only passes that it took part in are counted. */
  readonly back?: number;
}

/**
 * Explains one pass of a run. Reads parts from the end, and no more of them than the answer needs.
 * @param run parts of its log, oldest first
 * @param earlier parts of the run before it, for earlier results
 */
export async function explain(
  run: readonly LogPart[],
  { subject, back = 0 }: Question = {},
  earlier: readonly LogPart[] = [],
): Promise<Explanation> {
  const about = await aboutRun(run);
  const ids = new Set<TaskId>();
  let found = 0;
  for (let i = run.length - 1; i >= 0; i--) {
    const isLast = run[i + 1]?.nth !== (run[i]?.nth ?? 0) + 1;
    const log = await readPart(run, i);
    const told = tellPasses(log, beforeOf(await readBack(run, i, oldestSave(log))), isLast);
    for (const [nth, { pass, results }] of [...told.entries()].reverse()) {
      for (const { task } of pass.stories) ids.add(task);
      const part = subject === undefined ? pass : partOf(pass, subject);
      if (part === undefined || found++ < back) continue;
      const before = await lastResults(part.stories, run.slice(0, i), earlier);
      const stories = part.stories.map((story) => compared(story, results.get(story.task), before.get(story.task)));
      return { ...about, passes: [{ ...part, stories }], more: i > 0 || nth > 0 };
    }
  }
  if (found > 0) return { kind: "no-pass", kept: found };
  if (subject === undefined) return { ...about, passes: [], more: false };
  return { kind: "unknown", subject, nearest: nearestSubject(subject, [...ids]) };
}

async function aboutRun(run: readonly LogPart[]) {
  const first = await readPart(run, 0);
  const last = run.length > 1 ? await readPart(run, run.length - 1) : first;
  const started = first.find(({ event }) => event.type === "run-started");
  const ended = last.map(({ event }) => event).findLast((event) => event.type === "run-ended");
  return {
    kind: "explained",
    run: started?.event.type === "run-started" ? started.event : undefined,
    at: started?.at ?? first[0]?.at ?? 0,
    ...(ended ? { outcome: ended.outcome } : {}),
  } as const;
}

/** @param next only where the part stands directly before this one */
async function readPart(run: readonly LogPart[], i: number, next?: LogPart): Promise<readonly Stamped[]> {
  const part = run[i];
  return part === undefined || (next && part.nth + 1 !== next.nth) ? [] : part.read();
}

/** The part before one, and as many more as reach back to a time. A dropped part ends the search. */
async function readBack(run: readonly LogPart[], to: number, since: number): Promise<readonly Stamped[]> {
  let found: readonly Stamped[] = [];
  for (let i = to - 1; i >= 0; i--) {
    const part = await readPart(run, i, run[i + 1]);
    found = [...part, ...found];
    if (part.length === 0 || (part[0]?.at ?? 0) < since) break;
  }
  return found;
}

/** Time of the first file event that a pass of this part answers for. */
function oldestSave(log: readonly Stamped[]): number {
  const saves = log.flatMap(({ event }) => (event.type === "pass-started" ? event.saves : []));
  return Math.min(Number.POSITIVE_INFINITY, ...saves.map(({ at }) => at));
}

/** The part of a subject in a pass; undefined where it took no part. */
function partOf(pass: PassStory, subject: string): PassStory | undefined {
  const named = tasksNamed(
    subject,
    pass.stories.map(({ task }) => task),
  );
  const part =
    named.length > 0
      ? { ...pass, stories: pass.stories.filter(({ task }) => named.includes(task)) }
      : aboutFile(pass, subject);
  return part.paths.length + part.stories.length > 0 ? part : undefined;
}

/** The changes of a file before the pass, and the tasks that they made stale. */
function aboutFile(pass: PassStory, file: string): PassStory {
  const isFile = (path: string) => path === file || path.endsWith(`/${file}`) || file.endsWith(`/${path}`);
  const isChanged = ({ verdict }: Story) =>
    verdict?.kind === "stale" &&
    verdict.changes.some(({ path }) => path.startsWith("files.") && isFile(path.slice("files.".length)));
  return {
    ...pass,
    paths: pass.paths.filter(({ path }) => isFile(path)),
    stories: pass.stories.filter(isChanged),
  };
}

interface Result {
  readonly key: string | undefined;
  readonly output: string | undefined;
}

/** What is needed of the preceding part of the log to read the next one. */
interface Before {
  /** Every change in that part. */
  readonly changes: readonly PathStory[];
  /** The changes after its last plan: the next pass answers for them. */
  readonly changed: readonly PathStory[];
  /** The tasks planned in that part: a task that a newer pass joined is not planned there again. */
  readonly planned: ReadonlyMap<TaskId, Story>;
  readonly results: ReadonlyMap<TaskId, Result>;
}

interface Told {
  readonly pass: PassStory;
  /** The outputs of tasks in that part. */
  readonly results: ReadonlyMap<TaskId, Result>;
}

function beforeOf(log: readonly Stamped[]): Before {
  const changes: PathStory[] = [];
  let changed: PathStory[] = [];
  const planned = new Map<TaskId, Story>();
  for (const { at, event } of log) {
    if (event.type === "change") {
      const change = { path: event.path, at, verdicts: event.verdicts };
      changes.push(change);
      changed.push(change);
    }
    if (event.type === "task-planned")
      planned.set(event.task, { task: event.task, kind: event.kind, at, verdict: event.verdict, holds: [] });
    if (event.type === "task-planned" || event.type === "pass-started") changed = [];
  }
  return { changes, changed, planned, results: resultsOf(log) };
}

/**
 * Passes in their order. A pass begins where the log says so. Logs of earlier versions do not, and a pass then begins
 * where a task is planned a second time.
 * @param isLast no part follows: changes at its end led to no pass
 */
function tellPasses(log: readonly Stamped[], before: Before, isLast: boolean): Told[] {
  const passes: {
    at: number;
    started: (Event & { type: "pass-started" }) | undefined;
    paths: readonly PathStory[];
    stories: Map<TaskId, Story>;
    planned: Set<TaskId>;
    results: Map<TaskId, Result>;
  }[] = [];
  const keys = new Map<TaskId, string>();
  const known = new Map(before.results);
  const changes = [...before.changes];
  let changed = [...before.changed];
  const begin = (at: number, started?: Event & { type: "pass-started" }) => {
    const since = Math.min(Number.POSITIVE_INFINITY, ...(started?.saves ?? []).map((save) => save.at));
    const older = changes.filter((change) => change.at >= since && !changed.includes(change));
    const paths = latestOf([...older, ...changed]);
    const pass = { at, started, paths, stories: new Map(), planned: new Set<TaskId>(), results: new Map() };
    changed = [];
    passes.push(pass);
    return pass;
  };
  for (const { at, event } of log) {
    let pass = passes.at(-1);
    if (event.type === "change") {
      const change = { path: event.path, at, verdicts: event.verdicts };
      changes.push(change);
      changed.push(change);
    } else if (event.type === "pass-started") begin(at, event);
    else if (event.type === "task-planned") {
      if (!pass || (!pass.started && pass.planned.has(event.task))) pass = begin(at);
      const { task, kind, verdict, key } = event;
      pass.planned.add(task);
      // The verdict may be "just done", for a run that an older pass began and that ended before this pass reached the
      // task: the story of that run is kept.
      const isJustDone = verdict.kind === "fresh" && pass.stories.get(task)?.outcome === "done";
      if (!isJustDone) pass.stories.set(task, { task, kind, at, verdict, holds: [] });
      if (key !== undefined) keys.set(task, key);
    } else if (event.type === "task-held") {
      const story = pass?.stories.get(event.task);
      if (story) pass?.stories.set(event.task, { ...story, holds: [...story.holds, event.hold] });
    } else if (event.type === "task-ended") {
      const { task, kind, outcome, seconds, output, diagnostics } = event;
      const complaint = diagnostics?.[0]?.message;
      // A newer pass may have joined a run that an older pass planned and began: it is shown in the older pass where
      // that pass is in this part.
      if (outcome !== "skipped") pass = passes.findLast(({ stories }) => stories.has(task)) ?? pass;
      const joined = before.planned.get(task);
      // A run that an older pass began and a newer one ended belongs to no pass of this part.
      if (!pass?.stories.has(task) && joined && outcome === "cancelled") continue;
      pass ??= begin(at);
      const story = pass.stories.get(task) ?? joined ?? { task, kind, at, holds: [] };
      const now: Result = { key: keys.get(task), output };
      const ended = { ...story, outcome, seconds, ...(complaint === undefined ? {} : { complaint }) };
      pass.stories.set(task, compared(ended, now, known.get(task)));
      if (output === undefined) continue;
      known.set(task, now);
      pass.results.set(task, now);
    }
  }
  // Changes that led to no pass (ignored, or synced) still have their verdicts.
  if (isLast && changed.length > 0) begin(changed[0]?.at ?? 0);
  return passes.map(({ at, started, paths, stories, results }) => ({
    pass: {
      at,
      ...(started ? { number: started.pass, saves: started.saves.length } : {}),
      paths,
      stories: [...stories.values()],
    },
    results,
  }));
}

/** Each path once, with its last verdict. */
function latestOf(changes: readonly PathStory[]): PathStory[] {
  return [...new Map(changes.map((change) => [change.path, change])).values()];
}

/** The story with the comparison of the task's output to its previous one, where both are known. */
function compared(story: Story, now: Result | undefined, before: Result | undefined): Story {
  if (story.result !== undefined || before === undefined || now?.output === undefined) return story;
  const result = before.output === now.output ? "same" : "other";
  return { ...story, result, ...(now.key === undefined ? {} : { sameKey: before.key === now.key }) };
}

/** The previous outputs of the tasks that ran, searched backwards until all are found. */
async function lastResults(
  stories: readonly Story[],
  run: readonly LogPart[],
  earlier: readonly LogPart[],
): Promise<ReadonlyMap<TaskId, Result>> {
  const wanted = new Set(stories.flatMap(({ task, outcome, result }) => (outcome && !result ? [task] : [])));
  const found = new Map<TaskId, Result>();
  for (const part of [...earlier, ...run].reverse()) {
    if (wanted.size === 0) break;
    const results = resultsOf(await part.read());
    for (const task of [...wanted]) {
      const result = results.get(task);
      if (result === undefined) continue;
      found.set(task, result);
      wanted.delete(task);
    }
  }
  return found;
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
