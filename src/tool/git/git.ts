/**
 * `git`: names of a directory's commit. The calls only read and take no optional locks. The repository is the one that
 * the directory is in, even where devloop was started by a hook of another repository.
 */
import { Failure } from "../../diag/failure.ts";
import { must } from "../process/run.ts";
import { withoutRepository } from "./git-environment.ts";

/** Nearest tag with distance, else the abbreviated commit: `v1.2.0-3-gabc1234`. */
export function describeTags(directory: string, signal: AbortSignal): Promise<string> {
  return ask(directory, ["describe", "--tags", "--always"], signal);
}

export function headCommit(directory: string, abbreviated: boolean, signal: AbortSignal): Promise<string> {
  return ask(directory, ["rev-list", "-1", "HEAD", ...(abbreviated ? ["--abbrev-commit"] : [])], signal);
}

/**
 * Id of the directory's tree in HEAD.
 * @throws Failure where HEAD does not have the directory
 */
export function headTree(directory: string, abbreviated: boolean, signal: AbortSignal): Promise<string> {
  return ask(directory, ["rev-parse", ...(abbreviated ? ["--short"] : []), "HEAD:./"], signal);
}

/** Empty where HEAD is detached. */
export function currentBranch(directory: string, signal: AbortSignal): Promise<string> {
  return ask(directory, ["branch", "--show-current"], signal);
}

/** True when a file in the directory is changed, staged, or new and not ignored. */
export async function isDirty(directory: string, signal: AbortSignal): Promise<boolean> {
  return (await ask(directory, ["status", ".", "--porcelain"], signal)) !== "";
}

/** The exact command line, for tests and messages. */
function gitArgv(args: readonly string[]): readonly [string, ...string[]] {
  return ["git", "--no-optional-locks", ...args];
}

async function ask(directory: string, args: readonly string[], signal: AbortSignal): Promise<string> {
  try {
    const command = { argv: gitArgv(args), cwd: directory, env: { ...withoutRepository, LC_ALL: "C" } };
    return (await must(command, signal)).stdout.trim();
  } catch (thrown) {
    throw thrown instanceof Failure ? inItsWords(thrown) : thrown;
  }
}

/** The failure with git's own one-line message instead of its exit code. */
function inItsWords(failure: Failure): Failure {
  const [first, ...more] = failure.diagnostics;
  const said = first.details?.map((line) => /^fatal: (.+)$/.exec(line)?.[1]).find((line) => line !== undefined);
  return said === undefined ? failure : new Failure({ ...first, message: `git: ${said}` }, ...more);
}
