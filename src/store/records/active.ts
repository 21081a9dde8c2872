/**
 * Which runs are active, so that the collector never removes what one of them may still use.
 * An active run holds a lock of its own that names when it began, and marks what it reads as used. The collector asks
 * for the beginning of the oldest active run and keeps everything that was used since.
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
 * Marks a file as used, at most once: its modification time becomes now unless it is later than `since` already. A file
 * that cannot be marked stays unmarked, and may be collected and made again.
 */
export function touchSince(since: number, now: () => number): Touch {
  return (path) => {
    try {
      if (statSync(path).mtimeMs >= since) return;
      const seconds = now() / 1000;
      utimesSync(path, seconds, seconds);
    } catch {
      // The file is removed, or its file system cannot be written to.
    }
  };
}

/** A run that is active until it is disposed of, or until its process ends. */
export interface ActiveRun extends AsyncDisposable {
  /**
   * Names a project whose files the run may use. Where the name cannot be written, the run may use those of all
   * projects.
   */
  worksOn(project: string): void;
  /** The name of the run's folder. */
  readonly name: string;
}

/** Declares that a run which began at `since` is active. */
export async function declareActive(activeDir: string, since: number): Promise<ActiveRun> {
  const name = `${since}-${randomHex(6)}`;
  const path = join(activeDir, name);
  // Locked under a temporary name first, so that a collector never finds a folder that is not locked yet.
  const early = join(activeDir, `${temporaryPrefix}${name}`);
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
 * The projects that other active runs work on; undefined where one of them has not named its project.
 * @param own the name of this process's run
 */
export async function activeProjects(
  activeDir: string,
  own: string | undefined,
): Promise<ReadonlySet<string> | undefined> {
  const projects = new Set<string>();
  for (const name of list(activeDir)) {
    if (isTemporary(name) || name === own) continue;
    const taken = await tryLock(join(activeDir, name)).catch(() => undefined);
    if (taken?.held) {
      await taken.lock[Symbol.asyncDispose]();
      continue;
    }
    const said = readNote(join(activeDir, name, note));
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
 * When the oldest active run began; undefined where none is active. Folders of ended runs are removed.
 * @param abandonedBefore a folder with a temporary name that is older belongs to an ended process
 */
export async function oldestActive(activeDir: string, abandonedBefore = 0): Promise<number | undefined> {
  let oldest: number | undefined;
  for (const name of list(activeDir)) {
    if (isTemporary(name)) {
      const begun = statSync(join(activeDir, name), { throwIfNoEntry: false })?.mtimeMs ?? abandonedBefore;
      if (begun < abandonedBefore) await rm(join(activeDir, name), { recursive: true, force: true });
      continue;
    }
    const since = Number(name.slice(0, name.indexOf("-")));
    const taken = await tryLock(join(activeDir, name)).catch(() => undefined);
    if (taken?.held) {
      await taken.lock[Symbol.asyncDispose]();
      await rm(join(activeDir, name), { recursive: true, force: true });
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
