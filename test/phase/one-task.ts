/** One task by itself: what it gives for outputs of its dependencies that a test makes up, and what it says meanwhile. */
import type { Event } from "../../src/event/event.ts";
import type { ActTask, Inputs, Task, Validity } from "../../src/graph/task.ts";
import type { Json, JsonRecord } from "../../src/std/data/json.ts";
import { virtualClock } from "../rig/virtual-clock.ts";

export interface OneTask {
  readonly events: Event[];
  /** @throws what the task throws */
  run(): Promise<Json>;
  /** Of an act task; null where a record alone is proof. */
  valid(output: Json): Validity | null;
  keyParts(): JsonRecord;
  foresee(pending: string): Json;
}

/** @param outputs by task id; asking for one that is not in `deps`, or is not here, is a mistake of the task */
export function oneTask(
  task: Task | undefined,
  outputs: Readonly<Record<string, unknown>>,
  signal?: AbortSignal,
): OneTask {
  if (task === undefined) throw new Error("there is no such task");
  const events: Event[] = [];
  const inputs: Inputs = {
    get: <T extends Json>(id: string) => {
      if (!task.deps.includes(id)) throw new Error(`${task.id} does not depend on ${id}`);
      if (!(id in outputs)) throw new Error(`the test has no output of ${id}`);
      return outputs[id] as T;
    },
    digest: (id) => `digest of ${id}`,
  };
  const ctx = {
    signal: signal ?? new AbortController().signal,
    clock: virtualClock(),
    emit: (event: Event) => void events.push(event),
    watch: async () => undefined,
    before: undefined,
  };
  const acting = (): ActTask => {
    if (task.mode !== "act") throw new Error(`${task.id} acts on nothing`);
    return task;
  };
  return {
    events,
    run: () => task.run(inputs, ctx),
    valid: (output) => acting().valid?.(output, inputs) ?? null,
    keyParts: () => acting().keyParts(inputs),
    foresee: (pending) => acting().foresee?.(inputs, pending) ?? null,
  };
}
