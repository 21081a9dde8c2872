/**
 * The smallest thing that runs tasks: in order of their dependencies, a few at once, records in memory. For tests of
 * what tasks do; how tasks are run is the graph's own business and is tested there.
 */

import type { Event } from "../../src/event/event.ts";
import { keyOf } from "../../src/graph/key.ts";
import type { Inputs, Task, TaskId } from "../../src/graph/task.ts";
import { systemClock } from "../../src/std/clock.ts";
import type { Json } from "../../src/std/json.ts";

export class TinyRunner {
  /** Outputs of act tasks by id and key, as a store would keep them. */
  readonly records = new Map<string, Json>();
  readonly events: Event[] = [];
  /** Ids of tasks that ran in the last pass. */
  ran: TaskId[] = [];
  failed = new Map<TaskId, unknown>();

  async pass(tasks: readonly Task[], signal = new AbortController().signal): Promise<ReadonlyMap<TaskId, Json>> {
    this.ran = [];
    this.failed = new Map();
    const outputs = new Map<TaskId, Json>();
    const running = new Map<TaskId, Promise<void>>();
    const known = new Map<TaskId, Task>();
    const add = (more: readonly Task[]) => {
      for (const task of more) known.set(task.id, task);
    };
    const need = (id: TaskId): Promise<void> => {
      const started = running.get(id);
      if (started) return started;
      const task = known.get(id);
      if (!task) return Promise.reject(new Error(`no task ${id}`));
      const promise = this.#one(task, outputs, need, add, signal);
      running.set(id, promise);
      return promise;
    };
    add(tasks);
    for (let before = -1; before !== known.size; ) {
      before = known.size;
      await Promise.allSettled([...known.keys()].map(need));
    }
    return outputs;
  }

  async #one(
    task: Task,
    outputs: Map<TaskId, Json>,
    need: (id: TaskId) => Promise<void>,
    add: (tasks: readonly Task[]) => void,
    signal: AbortSignal,
  ): Promise<void> {
    await Promise.all(task.deps.map(need));
    const inputs: Inputs = {
      get<T extends Json>(id: TaskId): T {
        if (!task.deps.includes(id)) throw new Error(`${task.id} does not depend on ${id}`);
        return outputs.get(id) as T;
      },
      digest: (id) => keyOf({ output: outputs.get(id) ?? null }),
    };
    const emit = (event: Event) => void this.events.push(event);
    const record = task.mode === "act" ? `${task.id}\n${keyOf(task.keyParts(inputs))}` : "";
    const known = this.records.get(record);
    const fresh = task.mode === "act" && known !== undefined && (task.live?.(known, inputs).live ?? true);
    try {
      if (!fresh && task.mode === "act") this.ran.push(task.id);
      const output = fresh ? (known as Json) : await task.run(inputs, { signal, clock: systemClock, emit });
      outputs.set(task.id, output);
      if (task.mode === "act") this.records.set(record, JSON.parse(JSON.stringify(output)));
      add(task.expand?.(output, inputs) ?? []);
    } catch (thrown) {
      this.failed.set(task.id, thrown);
      throw thrown;
    }
  }
}
