/**
 * Repositories that configs require: one shallow clone for each (address, ref) in a cache folder, updated as asked. A
 * ref may be a branch, a tag or a commit; an update checks out what was fetched, so all three keep working. Local
 * changes in a clone are discarded, because it is a cache.
 * Every call names the clone's repository and work tree explicitly. If git searched for the repository, or took it from
 * its environment, it could reset the user's own branch.
 */
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../../diag/failure.ts";
import { sha256 } from "../../std/data/digest.ts";
import { must } from "../process/run.ts";
import { withoutRepository } from "./git-environment.ts";

export interface RepositoryRequest {
  readonly repo: string;
  /** Absent: `master` where the repository has one, else `main`. */
  readonly ref?: string;
  /** The config's setting for updates. Absent: as `mode` says. False: an existing clone is not updated. */
  readonly sync?: boolean;
}

/** `always`: update. `missing`: clone only what does not exist. `never`: do not even clone. */
export type SyncMode = "always" | "missing" | "never";

/**
 * The folder of an up-to-date clone.
 * @throws Failure with git's message
 */
export async function repositoryFolder(
  request: RepositoryRequest,
  cache: string,
  mode: SyncMode,
  signal: AbortSignal,
): Promise<string> {
  const { repo, ref, sync } = request;
  const folder = join(cache, sha256(JSON.stringify([repo, ref ?? ""])).slice(0, 32));
  const there = await isClone(folder);
  if (!there && mode === "never")
    throw new Failure({
      severity: "error",
      message: `${repo} is not in the cache, and --sync-remote-cache=never forbids to clone it`,
      suggestion: "use --sync-remote-cache=missing once",
    });
  if (there && (mode === "never" || (sync ?? mode === "always") === false)) return folder;
  const wanted = ref ?? (await defaultBranch(repo, signal));
  if (!there) await clone(repo, wanted, folder, signal);
  else if (await fetchRef(folder, wanted, signal)) await checkOut(folder, signal);
  return folder;
}

/** How many clones this process began, to give their folders different names. */
let clones = 0;

/** A clone is made in a temporary folder and renamed when it is complete, so that no reader finds an incomplete one. */
async function clone(repo: string, ref: string, folder: string, signal: AbortSignal): Promise<void> {
  const making = `${folder}.${process.pid}-${++clones}`;
  await rm(making, { recursive: true, force: true });
  await mkdir(making, { recursive: true });
  try {
    await git(undefined, ["init", "--quiet", "--", making], signal);
    await git(making, ["remote", "add", "--", "origin", repo], signal);
    await fetchRef(making, ref, signal);
    await checkOut(making, signal);
    await rename(making, folder).catch(async (cause: unknown) => {
      if (!(await isClone(folder))) throw cause;
    });
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}

/** @returns whether the fetched commit differs from the one that is checked out */
async function fetchRef(folder: string, ref: string, signal: AbortSignal): Promise<boolean> {
  await git(folder, ["fetch", "--quiet", "--depth", "1", "--no-tags", "--", "origin", ref], signal);
  const fetched = await git(folder, ["rev-parse", "FETCH_HEAD^{commit}"], signal);
  const { stdout } = await must(command(folder, ["rev-parse", "--verify", "--quiet", "HEAD"]), signal).catch(() => ({
    stdout: "",
  }));
  if (stdout.trim() !== fetched) return true;
  return (await git(folder, ["status", "--porcelain"], signal)) !== "";
}

async function checkOut(folder: string, signal: AbortSignal): Promise<void> {
  await git(folder, ["reset", "--quiet", "--hard", "FETCH_HEAD"], signal);
  await git(folder, ["clean", "--quiet", "-ffdx"], signal);
}

async function defaultBranch(repo: string, signal: AbortSignal): Promise<string> {
  const heads = await git(
    undefined,
    ["ls-remote", "--heads", "--", repo, "refs/heads/master", "refs/heads/main"],
    signal,
  );
  if (heads.includes("refs/heads/master")) return "master";
  if (heads.includes("refs/heads/main")) return "main";
  throw new Failure({
    severity: "error",
    message: `${repo} has neither a branch master nor main`,
    suggestion: "name one with ref:",
  });
}

function isClone(folder: string): Promise<boolean> {
  return Bun.file(join(folder, ".git/HEAD")).exists();
}

async function git(folder: string | undefined, args: readonly string[], signal: AbortSignal): Promise<string> {
  return (await must(command(folder, args), signal)).stdout.trim();
}

/** Git may not ask for input: a repository that needs a password fails instead. */
function command(folder: string | undefined, args: readonly string[]) {
  const place = folder === undefined ? [] : [`--git-dir=${join(folder, ".git")}`, `--work-tree=${folder}`];
  return {
    argv: ["git", ...place, ...args] as const,
    env: { ...withoutRepository, LC_ALL: "C", GIT_TERMINAL_PROMPT: "0" },
    ...(folder === undefined ? {} : { cwd: folder }),
  };
}
