/**
 * Which runs are alive, so that the collector never takes what one of them may still use.
 *
 * A live run holds a lock of its own that names when it began, and marks what it reads as used. The collector asks for
 * the beginning of the oldest live run and leaves everything that was used since.
 */
import { readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { randomHex } from "../../std/random.ts";
import { isTemporary, temporaryPrefix } from "../atomic.ts";
import { tryLock } from "../lock.ts";

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

/** A run that is alive until it is disposed of, or until the process is gone. */
export interface LiveRun extends AsyncDisposable {
  /** Names a project whose things the run may use. What cannot be written is not said: the run then may use all of them. */
  worksOn(project: string): void;
  /** Its declaration's name. */
  readonly name: string;
}

/** Declares a run that began at `since` to be alive. */
export async function declareLive(liveDir: string, since: number): Promise<LiveRun> {
  const name = `${since}-${randomHex(6)}`;
  const path = join(liveDir, name);
  // Locked under another name first: a collector never meets a declaration that is not locked yet.
  const early = join(liveDir, `${temporaryPrefix}${name}`);
  const taken = await tryLock(early);
  if (!taken.held) throw new Error(`a name made at random was taken: ${name}`);
  await rename(early, path);
  const projects: string[] = [];
  return {
    name,
    worksOn(project) {
      projects.push(project);
      try {
        writeFileSync(join(path, note), JSON.stringify(projects), { mode: 0o600 });
      } catch {
        rmSync(join(path, note), { force: true });
      }
    },
    async [Symbol.asyncDispose]() {
      await taken.lock[Symbol.asyncDispose]();
      await rm(path, { recursive: true, force: true });
    },
  };
}

const note = "projects";

/**
 * The projects that other live runs work on; undefined where one of them does not say.
 * @param own the name of this process's declaration
 */
export async function projectsAlive(
  liveDir: string,
  own: string | undefined,
): Promise<ReadonlySet<string> | undefined> {
  const projects = new Set<string>();
  for (const name of list(liveDir)) {
    if (isTemporary(name) || name === own) continue;
    const taken = await tryLock(join(liveDir, name)).catch(() => undefined);
    if (taken?.held) {
      await taken.lock[Symbol.asyncDispose]();
      continue;
    }
    const said = readNote(join(liveDir, name, note));
    if (said === undefined) return undefined;
    for (const project of said) projects.add(project);
  }
  return projects;
}

function readNote(path: string): readonly string[] | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as readonly string[];
  } catch {
    return undefined;
  }
}

/**
 * When the oldest live run began; undefined when none is alive. What dead runs left is removed.
 * @param abandonedBefore a declaration that was begun before and is not made yet never will be
 */
export async function oldestLive(liveDir: string, abandonedBefore = 0): Promise<number | undefined> {
  let oldest: number | undefined;
  for (const name of list(liveDir)) {
    if (isTemporary(name)) {
      const begun = statSync(join(liveDir, name), { throwIfNoEntry: false })?.mtimeMs ?? abandonedBefore;
      if (begun < abandonedBefore) await rm(join(liveDir, name), { recursive: true, force: true });
      continue;
    }
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
