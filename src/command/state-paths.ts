/**
 * The folders of devloop's files. The cache can be made again and may be deleted at any time; the state (ledgers,
 * overlays) is needed for a clean-up and kept apart from it. `DEVLOOP_HOME` holds both.
 */
import { homedir } from "node:os";
import { join } from "node:path";

export interface StatePaths {
  readonly cacheDir: string;
  readonly stateDir: string;
}

export function statePaths(env: Readonly<Record<string, string | undefined>>): StatePaths {
  if (env.DEVLOOP_HOME) return { cacheDir: join(env.DEVLOOP_HOME, "cache"), stateDir: join(env.DEVLOOP_HOME, "state") };
  const home = env.HOME || homedir();
  return {
    cacheDir: join(env.XDG_CACHE_HOME || join(home, ".cache"), "devloop"),
    stateDir: join(env.XDG_STATE_HOME || join(home, ".local", "state"), "devloop"),
  };
}
