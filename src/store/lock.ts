/**
 * Locks between processes. The kernel holds the lock (SQLite's exclusive file lock), so it ends with its process
 * however the process ends, and no guess by process number is needed.
 * Beside the lock lies a note that names the holder for messages. The note also has the process's start time, so that
 * the note of a killed holder is not mistaken for another process with the same number. A lock is a folder of two
 * files, which only its holder may remove.
 */
import { Database } from "bun:sqlite";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../diag/failure.ts";
import { systemClock } from "../std/clock.ts";
import { isAlive } from "../std/is-alive.ts";
import { unwritable } from "./trouble.ts";

/** `pid` is absent where the holder has not written its note yet. */
export type LockResult =
  | { readonly held: true; readonly lock: AsyncDisposable }
  | { readonly held: false; readonly pid?: number };

const shortestPauseMs = 1;
const longestPauseMs = 25;

/**
 * Takes the lock `path`, or returns its holder. Does not wait.
 * @throws Failure where the folder cannot be written or the file system has no locks
 */
export async function tryLock(path: string): Promise<LockResult> {
  const database = await open(path);
  if (begins(database, path)) return { held: true, lock: heldLock(database, path) };
  database.close();
  const pid = await holder(path);
  return pid === undefined ? { held: false } : { held: false, pid };
}

/**
 * Takes the lock `path` as soon as its holder releases it: for locks that are held for moments.
 * @throws Failure naming the holder where the lock is still held after `waitMs`, and as `tryLock`; the signal's reason
 */
export async function waitForLock(path: string, waitMs: number, signal?: AbortSignal): Promise<AsyncDisposable> {
  signal?.throwIfAborted();
  const database = await open(path);
  const began = performance.now();
  for (let pause = shortestPauseMs; ; pause = Math.min(longestPauseMs, pause * 1.5)) {
    if (begins(database, path)) return heldLock(database, path);
    if (performance.now() - began >= waitMs) break;
    // A random pause, so that waiting processes do not all try at the same time.
    await systemClock.sleep(pause * (0.5 + Math.random()), signal).catch((reason: unknown) => {
      database.close();
      throw reason;
    });
  }
  database.close();
  const pid = await holder(path);
  throw new Failure({
    severity: "error",
    message: `${pid === undefined ? "another process" : `process ${pid}`} has held ${path} for ${waitMs / 1000} s`,
    suggestion: "see what that process is doing, or end it, and start again",
  });
}

/** Takes the lock. False where another process holds it. */
function begins(database: Database, path: string): boolean {
  try {
    database.run("BEGIN EXCLUSIVE");
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === "SQLITE_BUSY") return false;
    database.close();
    throw cannotLock(path, error);
  }
}

function heldLock(database: Database, path: string): AsyncDisposable {
  const note = join(path, "holder");
  try {
    writeFileSync(note, JSON.stringify({ pid: process.pid, started: startOf(process.pid) }), { mode: 0o600 });
  } catch {
    // The lock holds without its note; other processes then cannot name this holder.
  }
  let released = false;
  return {
    async [Symbol.asyncDispose]() {
      if (released) return;
      released = true;
      try {
        rmSync(note, { force: true });
      } catch {
        // The note of a free lock is never read, so it may stay.
      }
      database.close();
    },
  };
}

async function open(path: string): Promise<Database> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    return new Database(join(path, "lock"), { create: true });
  } catch (error) {
    throw cannotLock(path, error);
  }
}

/**
 * The holder's process number. The note is written directly after the lock is taken, so a missing one is read up to two
 * more times.
 */
async function holder(path: string): Promise<number | undefined> {
  for (const pause of [0, 10, 50]) {
    await systemClock.sleep(pause);
    try {
      const { pid, started } = JSON.parse(readFileSync(join(path, "holder"), "utf8")) as Note;
      if (isAlive(pid) && startOf(pid) === started) return pid;
    } catch {
      // The note does not exist yet, or is being written.
    }
  }
  return undefined;
}

type Note = { readonly pid: number; readonly started: string | null };

/** When a process started, in clock ticks since boot; null where the system does not tell. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the command's name in brackets and may hold any text; the start time is the twentieth field
    // behind it.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return null;
  }
}

function cannotLock(path: string, error: unknown): Failure {
  const { message, suggestion } = unwritable(path, error);
  return new Failure({ severity: "error", message, suggestion });
}
