/**
 * Locks between processes. The lock itself is the kernel's (SQLite's exclusive file lock), so it ends with its holder
 * however that ends, and no guess about a process number decides who is alive.
 *
 * Beside the lock lies a note of the holder, only so that others can name it. The note has the process's start time
 * too: one left by a killed holder, whose number another process has now, is never taken for the present one.
 * A lock is a folder of two files. Only its holder may remove the folder.
 */
import { Database } from "bun:sqlite";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../diag/failure.ts";
import { systemClock } from "../std/clock.ts";
import { unwritable } from "./trouble.ts";

/** `pid` is absent where the holder has not written its note yet. */
export type LockResult =
  | { readonly held: true; readonly lock: AsyncDisposable }
  | { readonly held: false; readonly pid?: number };

const shortestPauseMs = 1;
const longestPauseMs = 25;

/**
 * Takes the lock `path`, or says who has it. Never waits for the holder.
 * @throws Failure where the folder cannot be written or the file system has no locks.
 */
export async function tryLock(path: string): Promise<LockResult> {
  const database = await open(path);
  if (begins(database, path)) return { held: true, lock: heldLock(database, path) };
  database.close();
  const pid = await holder(path);
  return pid === undefined ? { held: false } : { held: false, pid };
}

/**
 * Takes the lock `path` as soon as its holder lets go of it: for what is held for moments.
 * @throws Failure naming the holder where it still has it after `waitMs`, and as `tryLock`; the signal's reason
 */
export async function waitForLock(path: string, waitMs: number, signal?: AbortSignal): Promise<AsyncDisposable> {
  signal?.throwIfAborted();
  const database = await open(path);
  const began = performance.now();
  for (let pause = shortestPauseMs; ; pause = Math.min(longestPauseMs, pause * 1.5)) {
    if (begins(database, path)) return heldLock(database, path);
    if (performance.now() - began >= waitMs) break;
    // Not all at the same moments.
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

/** Whether the lock is ours now. */
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
    // The lock holds without its note; others then cannot name us.
  }
  let released = false;
  return {
    async [Symbol.asyncDispose]() {
      if (released) return;
      released = true;
      try {
        rmSync(note, { force: true });
      } catch {
        // Nobody asks for the note of a lock that is free.
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

/** The holder's number. Its note is written right after the lock is taken, so a missing one is looked for twice more. */
async function holder(path: string): Promise<number | undefined> {
  for (const pause of [0, 10, 50]) {
    await systemClock.sleep(pause);
    try {
      const { pid, started } = JSON.parse(readFileSync(join(path, "holder"), "utf8")) as Note;
      if (isAlive(pid) && startOf(pid) === started) return pid;
    } catch {
      // Not there yet, or being written.
    }
  }
  return undefined;
}

type Note = { readonly pid: number; readonly started: string | null };

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** When a process started, in the kernel's own counting since boot; null where the system does not tell. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the command's name in brackets and may hold anything; the start time is the twentieth after.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return null;
  }
}

function cannotLock(path: string, error: unknown): Failure {
  const { message, suggestion } = unwritable(path, error);
  return new Failure({ severity: "error", message, suggestion });
}
