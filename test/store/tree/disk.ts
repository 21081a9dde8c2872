/** A tree on a real disk and sessions that look at it, each with a store of its own over one cache. */
import { join } from "node:path";
import { systemClock } from "../../../src/std/clock.ts";
import type { Sources } from "../../../src/store/files/sources.ts";
import { openStore, type Store } from "../../../src/store/store.ts";
import { tempFolder } from "../../rig/temp-folder.ts";

export interface Disk extends AsyncDisposable {
  /** Of the tree; not made yet. */
  readonly root: string;
  readonly cacheDir: string;
  sources(more?: Partial<Sources>): Sources;
  session(): Promise<Store>;
}

/** Older than a tick of the clock: what was touched before may be trusted now. */
export function pastTick(): Promise<void> {
  return systemClock.sleep(60);
}

export async function disk(): Promise<Disk> {
  const folder = await tempFolder();
  const root = join(folder.path, "tree");
  const cacheDir = join(folder.path, "cache");
  return {
    root,
    cacheDir,
    sources: (more = {}) => ({ root, part: () => "in", selection: "everything", extra: [], ...more }),
    session: () => openStore({ cacheDir, stateDir: join(folder.path, "state"), clock: systemClock }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}
