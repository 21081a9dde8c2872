/**
 * Results that others made: where they are looked up, and by what name. They are asked only where this machine has no
 * record, and only for work whose key can be the same elsewhere.
 *
 * A shared key is made of parts that hold nothing of this machine, with values sealed by the team's secret (`seal.ts`),
 * so that only digests and seals ever leave the machine. It is never equal to a local key.
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
  /** For people: `the team's cache`. */
  readonly name: string;
  /** Outputs of this very work, the likeliest to be of use first. @throws Failure where it cannot be asked */
  find(question: SharedQuestion, signal: AbortSignal): Promise<readonly Pick<RecordedOutput, "output" | "seconds">[]>;
}

/** Raised with the meaning of a shared part. */
const format = 1;

/** Undefined for work that cannot be shared. */
export function sharedKey(task: Task, inputs: Inputs): Key | undefined {
  const parts = task.mode === "act" ? task.sharedKeyParts?.(inputs) : undefined;
  return parts && keyOf({ shared: format, kind: task.kind, parts });
}
