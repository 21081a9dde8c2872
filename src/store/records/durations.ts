/**
 * How long each task of a project took in its last run. The scheduler orders work by these durations; they are
 * estimates, so a lost file only makes the order worse.
 */
import { readFileSync } from "node:fs";
import { isJsonRecord } from "../../std/data/json.ts";
import { writeAtomic } from "../atomic.ts";
import type { Trouble } from "../trouble.ts";
import type { Touch } from "./active.ts";
import { unwrap, wrap } from "./envelope.ts";

export interface Durations {
  /** Seconds that the last run of the task took; undefined for a task that never ran. */
  of(task: string): number | undefined;
  note(task: string, seconds: number): void;
  /** Writes the durations noted since the last save; never throws. */
  save(): Promise<void>;
}

const format = { what: "durations", version: 1 };

/** At most this many tasks are kept; the longest unused are dropped first. */
const kept = 20_000;

export function openDurations(path: string, trouble: Trouble, touch: Touch): Durations {
  let known: Map<string, number> | undefined;
  let changed = false;
  const seconds = () => {
    if (known === undefined) {
      known = read(path);
      touch(path);
    }
    return known;
  };
  return {
    of: (task) => seconds().get(task),
    note(task, took) {
      const rounded = Math.round(took * 1000) / 1000;
      if (seconds().get(task) !== rounded) changed = true;
      // Deleted before it is set, so that the map is in the order of last use.
      seconds().delete(task);
      seconds().set(task, rounded);
    },
    async save() {
      if (!changed) return;
      changed = false;
      const latest = Object.fromEntries([...seconds()].slice(-kept));
      await trouble.attempt(path, () => writeAtomic(path, wrap(format, latest), { flush: false }));
    },
  };
}

function read(path: string): Map<string, number> {
  try {
    const value = unwrap(format, readFileSync(path, "utf8"));
    if (!isJsonRecord(value)) return new Map();
    return new Map(Object.entries(value).filter((entry): entry is [string, number] => typeof entry[1] === "number"));
  } catch {
    return new Map();
  }
}
