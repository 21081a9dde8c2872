/**
 * Decides whether a task with a key has to run, and gives the reason.
 * An output recorded under the task's present key makes it fresh while the output is valid. A forced task always runs.
 * Every other task is stale, and the reason is the difference to its last success. No state is read here: outputs of
 * observe tasks are among the inputs.
 */
import type { Verdict } from "../../event/event.ts";
import type { Json, JsonRecord } from "../../std/data/json.ts";
import type { RecordedOutput, Records } from "../../store/records/records.ts";
import type { ActTask, DeriveTask, Inputs, Validity } from "../task.ts";
import { type CompareTrees, compareRecords, type Key } from "./key.ts";

export interface Plan {
  readonly verdict: Extract<Verdict, { kind: "fresh" | "stale" }>;
  /** The output to use; present exactly when the verdict is fresh. */
  readonly reuse?: RecordedOutput;
}

export interface Question {
  readonly task: DeriveTask | ActTask;
  readonly key: Key;
  readonly parts: JsonRecord;
  readonly inputs: Inputs;
  /** Whether the user asked to run the task whatever the records say. */
  readonly forced: boolean;
}

type Source = Pick<Records, "find" | "last" | "failed">;

/** Further changes are counted and not listed, so that a moved tree does not fill the log. */
const changesListed = 100;

export function judge(question: Question, records: Source, trees?: CompareTrees): Plan {
  const { task, key, forced } = question;
  if (forced) return { verdict: { kind: "stale", reason: "forced", changes: [] } };
  const record = records.find(task.id, key);
  if (!record) return { verdict: whyNoRecord(question, records, trees) };
  const invalid: Extract<Validity, { valid: false }>[] = [];
  for (const reuse of record.outputs) {
    const validity = validityOf(question, reuse.output);
    if (validity.valid) return { verdict: { kind: "fresh", proof: validity.proof }, reuse };
    invalid.push(validity);
  }
  const [newest] = invalid;
  if (newest?.changes) return { verdict: { kind: "stale", reason: "changed", changes: newest.changes } };
  return { verdict: { kind: "stale", reason: "gone", changes: [], ...(newest ? { detail: newest.reason } : {}) } };
}

/**
 * The task's judgement of a recorded output. An output that makes the task throw is invalid: the task runs and writes
 * one that it can read.
 */
export function validityOf({ task, inputs }: Question, output: Json): Validity {
  if (task.mode === "derive" || !task.valid) return { valid: true, proof: "same inputs" };
  try {
    return task.valid(output, inputs);
  } catch (error) {
    return {
      valid: false,
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
