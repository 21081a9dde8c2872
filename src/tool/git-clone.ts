/**
 * Clones of required repositories, one folder for each repository and ref, shallow. A clone that is there is brought up
 * to date by fetching the ref itself and going to what was fetched, which works for branches, tags and commits alike.
 * Two processes that clone the same at once both end with a whole clone: the first rename wins.
 */
import { mkdir, mkdtemp, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { gitArgv } from "./git.ts";
import { must } from "./run.ts";

/** When a clone that is there is brought up to date. `missing` and `never` leave it as it is. */
export type SyncMode = "always" | "missing" | "never";

export interface CloneRequest {
  readonly repo: string;
  /** Branch, tag or commit. Absent: `master` where there is one, else `main`. */
  readonly ref?: string;
  /** Where clones are kept. */
  readonly cacheDir: string;
  readonly mode: SyncMode;
}

/** The clone's folder: named by a digest of repository and ref, as the reference tool names it. */
export function cloneFolder({ repo, ref, cacheDir }: Pick<CloneRequest, "repo" | "ref" | "cacheDir">): string {
  const digest = new Bun.CryptoHasher("sha256").update(JSON.stringify([repo, ref ?? ""])).digest("base64url");
  return join(cacheDir, digest.slice(0, 32));
}

/**
 * The folder with the repository at the ref.
 * @throws Failure with git's own words; with `never`, where there is no clone.
 */
export async function cloneAt(request: CloneRequest, signal: AbortSignal): Promise<string> {
  const folder = cloneFolder(request);
  const there = await stat(join(folder, ".git")).then(
    () => true,
    () => false,
  );
  if (there && request.mode === "always") await update(folder, await refOf(request, signal), signal);
  if (!there && request.mode !== "never") await clone(request.repo, await refOf(request, signal), folder, signal);
  return folder;
}

async function clone(repo: string, ref: string, folder: string, signal: AbortSignal): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const fresh = await mkdtemp(`${folder}.`);
  try {
    await git(fresh, ["init", "--quiet"], signal);
    await git(fresh, ["remote", "add", "origin", repo], signal);
    await update(fresh, ref, signal);
    await rename(fresh, folder).catch((cause: NodeJS.ErrnoException) => {
      // Another process was faster; its clone is as good.
      if (cause.code !== "ENOTEMPTY" && cause.code !== "EEXIST") throw cause;
    });
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

async function update(folder: string, ref: string, signal: AbortSignal): Promise<void> {
  await git(folder, ["fetch", "--quiet", "--depth", "1", "origin", ref], signal);
  await git(folder, ["reset", "--quiet", "--hard", "FETCH_HEAD"], signal);
}

async function refOf({ repo, ref }: CloneRequest, signal: AbortSignal): Promise<string> {
  if (ref !== undefined && ref !== "") return ref;
  const { stdout } = await must({ argv: gitArgv(["ls-remote", "--heads", repo, "master"]) }, signal);
  return stdout.trim() === "" ? "main" : "master";
}

async function git(folder: string, args: readonly string[], signal: AbortSignal): Promise<void> {
  await must({ argv: gitArgv(["-C", folder, ...args]) }, signal);
}
