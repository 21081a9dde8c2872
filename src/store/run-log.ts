/**
 * The log of one run: every event with its time, a JSON line each, only ever appended to. It is the one source for `why`
 * and for views of earlier runs.
 *
 * Lines of one turn of the program are written together, at once, so a killed process loses the turn at most. A disk
 * that is full ends nothing: the lines are counted as lost, the next write that succeeds says how many, and begins a
 * line of its own where the last one was cut. Bulk (what pods and tools print) is left out beyond a size; what tasks did
 * never is.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { Stamped } from "../event/bus.ts";
import type { Event } from "../event/event.ts";
import type { Trouble } from "./trouble.ts";

export const runLogHead = "devloop run-log 1";

/** A line of the log beside events: so many events are missing here. */
export type Gap = { readonly at: number; readonly lost: number };

export interface RunLog extends AsyncDisposable {
  readonly path: string;
  /** To be subscribed to the bus. */
  readonly append: (stamped: Stamped) => void;
  /** Writes what is pending now. For an exit that waits for nothing. */
  flush(): void;
}

export interface RunLogOptions {
  /** Bytes after which bulk is left out. */
  readonly bulkBytes?: number;
}

const bulky: ReadonlySet<Event["type"]> = new Set(["log", "build-output", "hook"]);

export function openRunLog(path: string, trouble: Trouble, options: RunLogOptions = {}): RunLog {
  const bulkBytes = options.bulkBytes ?? 16 * 1024 * 1024;
  let file: number | undefined;
  let pending: string[] = [];
  let written = 0;
  let lost = 0;
  let cut = false;
  let scheduled: NodeJS.Immediate | undefined;
  let closed = false;

  const write = (text: string) => {
    if (file === undefined) {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      file = openSync(path, "ax", 0o600);
      text = `${runLogHead}\n${text}`;
    }
    const bytes = Buffer.from(text);
    let from = 0;
    while (from < bytes.length) {
      const count = writeSync(file, bytes, from);
      from += count;
      written += count;
      cut = from < bytes.length;
    }
  };

  const flush = () => {
    if (scheduled) clearImmediate(scheduled);
    scheduled = undefined;
    if (pending.length === 0) return;
    const lines = pending;
    pending = [];
    const gap = lost > 0 ? `${JSON.stringify({ at: stampOf(lines), lost } satisfies Gap)}\n` : "";
    try {
      write(`${cut ? "\n" : ""}${gap}${lines.join("\n")}\n`);
      lost = 0;
      trouble.clear();
    } catch (error) {
      lost += lines.length;
      trouble.tell(path, error);
    }
  };

  return {
    path,
    append(stamped) {
      if (closed) return;
      if (bulky.has(stamped.event.type) && written > bulkBytes) {
        lost += 1;
        return;
      }
      pending.push(JSON.stringify(stamped));
      scheduled ??= setImmediate(flush);
    },
    flush,
    async [Symbol.asyncDispose]() {
      if (closed) return;
      closed = true;
      flush();
      if (file === undefined) return;
      try {
        fsyncSync(file);
      } catch (error) {
        trouble.tell(path, error);
      }
      closeSync(file);
    },
  };
}

/** The time of the first line, read back from its text: `{"at":1700000000000,...`. */
function stampOf(lines: readonly string[]): number {
  return Number(/^\{"at":(\d+)/.exec(lines[0] ?? "")?.[1] ?? 0);
}
