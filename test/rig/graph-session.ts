/** An executor over records in memory, for tests of the graph: what happened can be read as events. */
import type { Event } from "../../src/event/event.ts";
import type { Executor } from "../../src/graph/request.ts";
import { createExecutor, type ExecutorOptions } from "../../src/graph/run/run.ts";
import { canonical } from "../../src/std/data/json.ts";
import type { Durations } from "../../src/store/records/durations.ts";
import type { LastSuccess, Records, TaskRecord } from "../../src/store/records/records.ts";
import { virtualClock } from "./virtual-clock.ts";

export interface GraphSession {
  readonly executor: Executor;
  readonly events: Event[];
  /** Ids of the tasks that were started, in order. */
  started(): string[];
  /** `done`, `failed`, ... of each task's last end. */
  ends(): Record<string, string>;
}

export function graphSession(options: Partial<ExecutorOptions> = {}): GraphSession {
  const events: Event[] = [];
  const executor = createExecutor({
    records: memoryRecords(),
    durations: memoryDurations(),
    clock: virtualClock(),
    emit: (event) => events.push(event),
    ...options,
  });
  return {
    executor,
    events,
    started: () => events.flatMap((event) => (event.type === "task-started" ? [event.task] : [])),
    ends: () =>
      Object.fromEntries(events.flatMap((event) => (event.type === "task-ended" ? [[event.task, event.outcome]] : []))),
  };
}

export function memoryRecords(): Records {
  const records = new Map<string, TaskRecord>();
  const last = new Map<string, LastSuccess>();
  const failed = new Map<string, string>();
  const at = (task: string, key: string) => `${task} ${key}`;
  return {
    find: (task, key) => records.get(at(task, key)),
    last: (task) => last.get(task),
    failed: (task, key) => failed.get(task) === key,
    outputs: (task) =>
      [...records.values()].filter((record) => record.task === task).flatMap((record) => record.outputs),
    async succeed({ task, key, parts, output, seconds }) {
      const others = records.get(at(task, key))?.outputs ?? [];
      const fresh = { output, at: 0, seconds };
      const outputs = [fresh, ...others.filter((other) => canonical(other.output) !== canonical(output))];
      records.set(at(task, key), { task, key, outputs });
      last.set(task, { task, key, parts, at: 0, seconds });
      failed.delete(task);
      return true;
    },
    async fail(task, key) {
      failed.set(task, key);
      return true;
    },
  };
}

/** Records whose writes take effect when the test says so; `refuses`: they then fail, as on a full disk. */
export function slowRecords(refuses = false): { readonly records: Records; readonly waiting: (() => void)[] } {
  const disk = memoryRecords();
  const waiting: (() => void)[] = [];
  const later = (write: () => Promise<boolean>) =>
    new Promise<boolean>((resolve) => waiting.push(() => resolve(refuses ? false : write())));
  return {
    waiting,
    records: {
      ...disk,
      succeed: (success) => later(() => disk.succeed(success)),
      fail: (task, key) => later(() => disk.fail(task, key)),
    },
  };
}

export function memoryDurations(known: Readonly<Record<string, number>> = {}): Durations {
  const seconds = new Map(Object.entries(known));
  return {
    of: (task) => seconds.get(task),
    note: (task, took) => void seconds.set(task, took),
    save: async () => undefined,
  };
}
