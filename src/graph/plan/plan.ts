/**
 * Whether a task has to run: the one place that decides it, and says why.
 *
 * A task is fresh when an output recorded under its present key still exists. A forced one never is. Everything else is
 * stale, and the reason is the difference to the last success. Nothing here looks at the world: what is alive was seen
 * by observe tasks and is among the inputs.
 */
import type { Verdict } from "../../event/event.ts";
import type { Json, JsonRecord } from "../../std/data/json.ts";
import type { RecordedOutput, Records } from "../../store/records/records.ts";
import type { ActTask, DeriveTask, Inputs, Liveness } from "../task.ts";
import { type CompareTrees, compareRecords, type Key } from "./key.ts";

export interface Plan {
  readonly verdict: Extract<Verdict, { kind: "fresh" | "stale" }>;
  /** The output to go on with; present exactly when the verdict is fresh. */
  readonly reuse?: RecordedOutput;
}

export interface Question {
  readonly task: DeriveTask | ActTask;
  readonly key: Key;
  readonly parts: JsonRecord;
  readonly inputs: Inputs;
  /** The user asked for it whatever the records say. */
  readonly forced: boolean;
}

type Source = Pick<Records, "find" | "last" | "failed">;

/** More changes than this are counted, not listed: a moved tree would fill the log with itself. */
const changesListed = 100;

export function judge(question: Question, records: Source, trees?: CompareTrees): Plan {
  const { task, key, forced } = question;
  if (forced) return { verdict: { kind: "stale", reason: "forced", changes: [] } };
  const record = records.find(task.id, key);
  if (!record) return { verdict: whyNoRecord(question, records, trees) };
  const dead: Extract<Liveness, { live: false }>[] = [];
  for (const reuse of record.outputs) {
    const liveness = livenessOf(question, reuse.output);
    if (liveness.live) return { verdict: { kind: "fresh", proof: liveness.proof }, reuse };
    dead.push(liveness);
  }
  const [newest] = dead;
  if (newest?.changes) return { verdict: { kind: "stale", reason: "changed", changes: newest.changes } };
  return { verdict: { kind: "stale", reason: "gone", changes: [], ...(newest ? { detail: newest.reason } : {}) } };
}

/** An output that the task itself cannot read any more proves nothing; the task runs and writes one that it can. */
export function livenessOf({ task, inputs }: Question, output: Json): Liveness {
  if (task.mode === "derive" || !task.live) return { live: true, proof: "same inputs" };
  try {
    return task.live(output, inputs);
  } catch (error) {
    return {
      live: false,
      reason: `its recorded output cannot be read: ${error instanceof Error ? error.message : error}`,
    };
  }
}

function whyNoRecord({ task, key, parts }: Question, records: Source, trees?: CompareTrees): Plan["verdict"] {
  const last = records.last(task.id);
  const failedBefore = records.failed(task.id, key);
  if (!last) return { kind: "stale", reason: failedBefore ? "failed-before" : "never-run", changes: [] };
  if (last.key === key && !failedBefore)
    return { kind: "stale", reason: "gone", changes: [], detail: "its record was removed from the cache" };
  const changes = compareRecords(last.parts, parts, trees);
  const more = changes.length - changesListed;
  return {
    kind: "stale",
    reason: failedBefore ? "failed-before" : "changed",
    changes: changes.slice(0, changesListed),
    ...(more > 0 ? { detail: `${changes.length} changes in all` } : {}),
  };
}
