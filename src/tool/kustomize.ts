/**
 * `kustomize build`, or the one inside `kubectl` where that binary is missing. Both print the manifests to standard
 * output and warnings to standard error.
 */
import { Failure } from "../diag/failure.ts";
import { withoutRepository } from "./git/git-environment.ts";
import type { Command } from "./process/command.ts";
import { type Program, programOnPath } from "./process/program.ts";
import { failed, run } from "./process/run.ts";
import { shellWords } from "./process/shell-words.ts";

export interface KustomizeBuild {
  /** A folder, relative to `cwd` or absolute, or an address. */
  readonly target: string;
  /** Further arguments, before the target. */
  readonly args: readonly string[];
  /** Absolute. */
  readonly cwd: string;
}

export interface Kustomized {
  readonly manifests: string;
  /** Warnings, one line each: mostly that a field is deprecated. */
  readonly warnings: readonly string[];
  /** The command line for people: `kustomize build overlays/dev`. */
  readonly command: string;
}

const ways: readonly (readonly [string, string])[] = [
  ["kustomize", "build"],
  ["kubectl", "kustomize"],
];
/**
 * The program that renders a kustomization; undefined where neither binary is on PATH.
 * @param cwd absolute
 */
export function kustomizeProgram(cwd: string): Program | undefined {
  for (const [binary] of ways) {
    const program = programOnPath(binary, cwd);
    if (program) return program;
  }
  return undefined;
}

/** Limit on the output; more than any cluster takes. */
const mostBytes = 256 * 1024 * 1024;

/** @throws Failure where it fails, or where neither binary is on PATH; the signal's reason when cancelled. */
export async function kustomizeBuild({ target, args, cwd }: KustomizeBuild, signal: AbortSignal): Promise<Kustomized> {
  for (const way of ways) {
    // Kustomize fetches remote bases with git.
    const command: Command = {
      argv: [...way, ...args, target],
      cwd,
      env: withoutRepository,
      captureBytes: mostBytes,
    };
    const finished = await run(command, signal);
    if (finished.kind === "missing") continue;
    if (finished.kind === "cancelled") throw signal.reason;
    if (finished.kind !== "exited" || finished.code !== 0 || finished.truncated)
      throw new Failure(failed(command, finished));
    const warnings = finished.stderr.split("\n").filter((line) => line.trim() !== "");
    return { manifests: finished.stdout, warnings, command: shellWords(command.argv) };
  }
  throw new Failure({
    severity: "error",
    message: "a kustomization needs kustomize or kubectl, and neither is on PATH",
    suggestion: "install kustomize",
  });
}
