/**
 * Record sources: where results of other machines are found, and by which key. They are asked only where this machine
 * has no record, and only for work that can have the same key elsewhere.
 * A shared key is made of parts without anything of this machine, with values sealed by the team's secret (`seal.ts`),
 * so that only digests and seals leave the machine. It never equals a local key.
 */
import type { RecordedOutput } from "../../store/records/records.ts";
import type { Inputs, Task, TaskId } from "../task.ts";
import { type Key, keyOf } from "./key.ts";

export interface SharedQuestion {
  readonly task: TaskId;
  readonly kind: string;
  readonly key: string;
}

export interface RecordSource {
  /** A name for people: `the team's cache`. */
  readonly name: string;
  /**
   * Outputs of the work with this key, the most useful first.
   * @throws Failure where the source cannot be asked
   */
  find(question: SharedQuestion, signal: AbortSignal): Promise<readonly Pick<RecordedOutput, "output" | "seconds">[]>;
}

/** Raised when the meaning of a shared part changes. */
const format = 1;

/** Undefined for work that cannot be shared. */
export function sharedKey(task: Task, inputs: Inputs): Key | undefined {
  const parts = task.mode === "act" ? task.sharedKeyParts?.(inputs) : undefined;
  return parts && keyOf({ shared: format, kind: task.kind, parts });
}
