/**
 * How long each task of a project took when it last ran: what the scheduler orders work by. A guess, never a proof, so a
 * lost file costs nothing but a worse order.
 */
import { readFileSync } from "node:fs";
import { isJsonRecord } from "../../std/data/json.ts";
import { writeAtomic } from "../atomic.ts";
import type { Trouble } from "../trouble.ts";
import { unwrap, wrap } from "./envelope.ts";
import type { Touch } from "./live.ts";

export interface Durations {
  /** Seconds that the task took last; undefined for one that never ran. */
  of(task: string): number | undefined;
  note(task: string, seconds: number): void;
  /** Writes what was noted since; never throws. */
  save(): Promise<void>;
}

const format = { what: "durations", version: 1 };

/** Tasks beyond this are forgotten, the longest unseen first. */
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
      // Taken out first, so that the map's order is by when a task was last seen.
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
