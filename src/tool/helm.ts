/**
 * The user's `helm`, version 3 or 4. Decides how it is started and how its failure is reported; the caller gives the
 * arguments. A cancelled run gets time to record the state of the release.
 */
import { Failure } from "../diag/failure.ts";
import { withoutRepository } from "./git/git-environment.ts";
import type { Command, EnvDelta, Printed } from "./process/command.ts";
import { requireTool, type Tool } from "./process/find.ts";
import { type Program, programOnPath } from "./process/program.ts";
import { failed, run } from "./process/run.ts";

const tool: Tool = {
  binary: "helm",
  versionArgs: ["version", "--template", "{{.Version}}"],
  versionPattern: /v?(\d+\.\d+(?:\.\d+)?)/,
  minimum: "3.1",
  install: "install it from your system's packages, or with `brew install helm`",
};

/** Grace for a cancelled run: a release that is killed while helm writes it stays pending. */
const graceMs = 120_000;
const mostBytes = 256 * 1024 * 1024;

export interface HelmRun {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: EnvDelta;
  /** Values that are masked in all text of the command. */
  readonly secrets?: readonly string[];
  readonly onLine?: (line: string) => void;
}

/** The helm that is started in a folder, without starting it; undefined where there is none. */
export function helmProgram(cwd: string): Program | undefined {
  return programOnPath(tool.binary, cwd);
}

/**
 * For example `3.19.5`.
 * @throws Failure where helm is missing or too old
 */
export function helmVersion(signal: AbortSignal): Promise<string> {
  return requireTool(tool, signal);
}

/** @throws Failure with helm's last lines and the command; the signal's reason when cancelled */
export async function helm({ args, onLine, env, ...rest }: HelmRun, signal: AbortSignal): Promise<Printed> {
  const command: Command = {
    argv: ["helm", ...args],
    graceMs,
    captureBytes: mostBytes,
    // Plugins fetch charts with git.
    env: { ...withoutRepository, ...env },
    ...rest,
    ...(onLine === undefined ? {} : { onLine: (line) => onLine(line) }),
  };
  const finished = await run(command, signal);
  if (finished.kind === "cancelled") throw signal.reason;
  if (finished.kind === "exited" && finished.code === 0 && !finished.truncated) return finished;
  throw new Failure(failed(command, finished, finished.kind === "exited" ? lastWords(finished.stderr) : undefined));
}

/** Helm's own error message, without its prefix; undefined where it printed none. */
function lastWords(stderr: string): string | undefined {
  const line = stderr.split("\n").findLast((each) => /^Error: /.test(each));
  return line === undefined ? undefined : `helm: ${line.slice("Error: ".length)}`;
}
