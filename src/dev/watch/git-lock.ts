/**
 * Whether git is changing the workspace, so that a half-finished checkout is not built. A lock or a rebase is waited
 * for as long as files keep changing and a short while after; one that stays (git crashed, a rebase waits for a person)
 * is reported once and then ignored until it is gone.
 */
import { readFile, stat } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import type { Event } from "../../event/event.ts";

const locks = ["index.lock", "rebase-merge", "rebase-apply"];
/** How long after the last file event a lock is waited for. */
const patienceMs = 20_000;

export interface GitLock {
  /**
   * @param last time of the last file event
   * @param now of the same clock
   */
  busy(last: number, now: number): Promise<boolean>;
}

/** Checks the repositories that the directories belong to. */
export async function gitLock(directories: readonly string[], emit: (event: Event) => void): Promise<GitLock> {
  const found = await Promise.all(directories.map(gitDirectory));
  const candidates = [...new Set(found)].flatMap((dir) => (dir === undefined ? [] : locks.map((l) => join(dir, l))));
  let since: number | undefined;
  const ignored = new Set<string>();
  return {
    async busy(last, now) {
      const present: string[] = [];
      for (const path of candidates) if (await exists(path)) present.push(path);
      for (const path of ignored) if (!present.includes(path)) ignored.delete(path);
      const held = present.filter((path) => !ignored.has(path));
      if (held.length === 0) {
        since = undefined;
        return false;
      }
      since ??= now;
      if (now - Math.max(since, last) < patienceMs) return true;
      for (const path of held) ignored.add(path);
      emit({ type: "notice", level: "warning", text: `${held.join(", ")} is still there; changes are acted on again` });
      return false;
    },
  };
}

/** The git directory of a directory: `.git`, or the target of a worktree's `.git` file. */
export async function gitDirectory(directory: string): Promise<string | undefined> {
  for (let at = directory; ; at = dirname(at)) {
    const path = join(at, ".git");
    const kind = await stat(path).catch(() => undefined);
    if (kind?.isDirectory()) return path;
    if (kind?.isFile()) {
      const target = /^gitdir: (.+)/.exec(await readFile(path, "utf8"))?.[1]?.trim();
      if (target !== undefined) return isAbsolute(target) ? target : join(at, target);
    }
    if (dirname(at) === at) return undefined;
  }
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
