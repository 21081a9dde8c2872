/**
 * The log of one run: every event with its time, a JSON line each, only ever appended to. It is the one source for `why`
 * and for views of earlier runs.
 *
 * It is a folder of parts, one for each pass, so that a reader of one pass reads no other and a session of weeks keeps
 * the first part and the latest ones only. Lines of one turn of the program are written together, at once, so a killed
 * process loses the turn at most. A disk that is full ends nothing: the lines are counted as lost, the next write that
 * succeeds says how many, and begins a line of its own where the last one was cut. Bulk (what pods and tools print) is
 * left out of a part beyond a size; what tasks did never is.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Stamped } from "../../event/bus.ts";
import type { Event } from "../../event/event.ts";
import type { Trouble } from "../trouble.ts";

export const runLogHead = "devloop run-log 1";

/** A line of the log beside events: so many events are missing here. */
export type Gap = { readonly at: number; readonly lost: number };

/** The `nth` part's file in a run's folder; the first is 1. */
export function partName(nth: number): string {
  return `${String(nth).padStart(6, "0")}.log`;
}

export interface RunLog extends AsyncDisposable {
  /** To be subscribed to the bus. */
  readonly append: (stamped: Stamped) => void;
  /** Writes what is pending now. For an exit that waits for nothing. */
  flush(): void;
}

export interface RunLogOptions {
  /** Bytes of a part after which bulk is left out of it. */
  readonly bulkBytes?: number;
  /** Bytes after which a part ends at the next save, also where none of them leads to a pass. */
  readonly partBytes?: number;
  /** What is kept of a long run beside its first part: so many of the latest parts, and bytes of them. */
  readonly mostParts?: number;
  readonly mostBytes?: number;
}

/** Shown and not kept: lines that may let their reader in. */
const unkept: ReadonlySet<Event["type"]> = new Set(["credential-plugin"]);
const bulky: ReadonlySet<Event["type"]> = new Set(["log", "build-output", "hook"]);

const mebi = 1024 * 1024;

/** @param folder of this run alone */
export function openRunLog(folder: string, trouble: Trouble, options: RunLogOptions = {}): RunLog {
  const { bulkBytes = 4 * mebi, partBytes = 8 * mebi, mostParts = 50, mostBytes = 64 * mebi } = options;
  let nth = 1;
  let file: number | undefined;
  let pending: string[] = [];
  let written = 0;
  let lost = 0;
  let cut = false;
  let hasPass = false;
  let scheduled: NodeJS.Immediate | undefined;
  let closed = false;
  /** Parts that are ended and may go, oldest first. */
  const ended: { readonly nth: number; readonly bytes: number }[] = [];

  const write = (text: string) => {
    if (file === undefined) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      file = openSync(join(folder, partName(nth)), "ax", 0o600);
    }
    const bytes = Buffer.from(written === 0 ? `${runLogHead}\n${text}` : text);
    let from = 0;
    while (from < bytes.length) {
      const count = writeSync(file, bytes, from);
      from += count;
      written += count;
      cut = from < bytes.length;
    }
  };

  /** Ends the part; the next line begins another. */
  const turn = () => {
    flush();
    hasPass = false;
    // Nothing of it is on the disk: what was lost is told of in the same part.
    if (file === undefined) return;
    closeSync(file);
    file = undefined;
    if (nth > 1) ended.push({ nth, bytes: written });
    nth += 1;
    written = 0;
    cut = false;
    let bytes = ended.reduce((sum, part) => sum + part.bytes, 0);
    while (ended.length > 0 && (ended.length >= mostParts || bytes > mostBytes)) {
      const gone = ended.shift();
      bytes -= gone?.bytes ?? 0;
      if (gone) rmSync(join(folder, partName(gone.nth)), { force: true });
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
      trouble.tell(folder, error);
    }
  };

  return {
    append(stamped) {
      const { event } = stamped;
      if (closed || unkept.has(event.type)) return;
      const isPass = event.type === "pass-started";
      if (isPass ? hasPass : event.type === "change" && written > partBytes) turn();
      hasPass ||= isPass;
      if (bulky.has(event.type) && written > bulkBytes) {
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
        trouble.tell(folder, error);
      }
      closeSync(file);
    },
  };
}

/** The time of the first line, read back from its text: `{"at":1700000000000,...`. */
function stampOf(lines: readonly string[]): number {
  return Number(/^\{"at":(\d+)/.exec(lines[0] ?? "")?.[1] ?? 0);
}
