/**
 * The log of one run: every event with its time, one JSON line each, append-only. `why` and views of earlier runs read
 * nothing else.
 * A log is a folder of parts, one for each pass, so that a reader of one pass reads no other, and a session of weeks
 * keeps only the first part and the latest ones. Lines of one turn of the event loop are written together, so a killed
 * process loses one turn at most. A full disk ends nothing: lost lines are counted, and the next successful write says
 * how many, on a line of its own. Bulky lines (output of pods and tools) are left out of a part beyond a size; events
 * of tasks never are.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Stamped } from "../../event/bus.ts";
import type { Event } from "../../event/event.ts";
import type { Trouble } from "../trouble.ts";

export const runLogHead = "devloop run-log 1";

/** A line of the log that is no event: this many events are missing here. */
export type Gap = { readonly at: number; readonly lost: number };

/** The file of the `nth` part in a run's folder; the first is 1. */
export function partName(nth: number): string {
  return `${String(nth).padStart(6, "0")}.log`;
}

export interface RunLog extends AsyncDisposable {
  /** The listener to subscribe to the bus. */
  readonly append: (stamped: Stamped) => void;
  /** Writes pending lines synchronously, for an exit that cannot wait. */
  flush(): void;
}

export interface RunLogOptions {
  /** Bytes of a part after which bulky lines are left out of it. */
  readonly bulkBytes?: number;
  /** Bytes after which a part ends at the next save, even where no save leads to a pass. */
  readonly partBytes?: number;
  /**
   * What is kept of a long run besides its first part: at most this many of the latest parts, and this many bytes of
   * them.
   */
  readonly mostParts?: number;
  readonly mostBytes?: number;
}

/** Shown and not kept: lines that may let their reader in. */
const unkept: ReadonlySet<Event["type"]> = new Set(["credential-plugin"]);
const bulky: ReadonlySet<Event["type"]> = new Set(["log", "build-output", "hook"]);

const mebi = 1024 * 1024;

/** @param folder a folder for this run only */
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
  /** Ended parts that may be removed, oldest first. */
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
    // Nothing of the part is on the disk: the lost lines are counted in the same part.
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

/** The time of the first line, parsed from its text: `{"at":1700000000000,...`. */
function stampOf(lines: readonly string[]): number {
  return Number(/^\{"at":(\d+)/.exec(lines[0] ?? "")?.[1] ?? 0);
}
