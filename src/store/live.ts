/**
 * Which runs are alive, so that the collector never takes what one of them may still use.
 *
 * A live run holds a lock of its own that names when it began, and marks what it reads as used. The collector asks for
 * the beginning of the oldest live run and leaves everything that was used since.
 */
import { randomBytes } from "node:crypto";
import { readdirSync, statSync, utimesSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { tryLock } from "./lock.ts";

/** Marks a file as used by this process. */
export type Touch = (path: string) => void;

/**
 * Marks a file as used, at most once: its modification time becomes now unless it is later than `since` already.
 * A file that cannot be marked is simply not marked: it is then made again one day.
 */
export function touchSince(since: number, now: () => number): Touch {
  return (path) => {
    try {
      if (statSync(path).mtimeMs >= since) return;
      const seconds = now() / 1000;
      utimesSync(path, seconds, seconds);
    } catch {
      // Gone meanwhile, or a file system that cannot be written to.
    }
  };
}

/** Declares a run that began at `since` to be alive until it is disposed of, or until the process is gone. */
export async function declareLive(liveDir: string, since: number): Promise<AsyncDisposable> {
  const name = `${since}-${randomBytes(4).toString("hex")}`;
  const taken = await tryLock(join(liveDir, name));
  if (!taken.held) throw new Error(`a name made at random was taken: ${name}`);
  return {
    async [Symbol.asyncDispose]() {
      await taken.lock[Symbol.asyncDispose]();
      await rm(join(liveDir, name), { recursive: true, force: true });
    },
  };
}

/** When the oldest live run began; undefined when none is alive. What dead runs left is removed. */
export async function oldestLive(liveDir: string): Promise<number | undefined> {
  let oldest: number | undefined;
  for (const name of list(liveDir)) {
    const since = Number(name.slice(0, name.indexOf("-")));
    const taken = await tryLock(join(liveDir, name)).catch(() => undefined);
    if (taken?.held) {
      await taken.lock[Symbol.asyncDispose]();
      await rm(join(liveDir, name), { recursive: true, force: true });
    } else if (Number.isFinite(since)) oldest = Math.min(oldest ?? since, since);
  }
  return oldest;
}

function list(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
