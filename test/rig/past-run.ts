/** Logs of runs in tests: all parts of one that was kept, and one in memory. */
import type { Stamped } from "../../src/event/bus.ts";
import type { Event } from "../../src/event/event.ts";
import type { LogPart } from "../../src/graph/plan/explain.ts";
import type { PastRun } from "../../src/store/records/run-read.ts";

export async function wholeRun(run: PastRun): Promise<readonly Stamped[]> {
  const parts = await run.parts();
  return (await Promise.all(parts.map((part) => part.read()))).flat();
}

/** Parts of a log that are read from memory, numbered from 1. */
export function logParts(...parts: readonly (readonly Stamped[])[]): LogPart[] {
  return parts.map((part, i) => ({ nth: i + 1, read: async () => part }));
}

/** Events a millisecond apart. */
export function stamped(events: readonly Event[]): Stamped[] {
  return events.map((event, at) => ({ at, event }));
}
