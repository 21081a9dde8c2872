/**
 * Finds a tool and checks its version, before the work that needs it, so that the diagnostic is about the tool and not
 * about an exit code. It names the missing tool, the smallest accepted version, and how to install it.
 */
import { Failure } from "../../diag/failure.ts";
import type { EnvDelta } from "./command.ts";
import { run } from "./run.ts";

/** A binary: how to ask for its version, which versions are accepted, and how to install it. */
export interface Tool {
  readonly binary: string;
  /** Arguments that make it print its version. */
  readonly versionArgs: readonly string[];
  /** Finds the version in the output; the first group is `major.minor[.patch]`. */
  readonly versionPattern: RegExp;
  /** Smallest accepted version, `major.minor[.patch]`. */
  readonly minimum?: string;
  /** One sentence: how to get it. */
  readonly install: string;
  /** The tool's name in messages, where it differs from the binary's name: `docker buildx`. */
  readonly name?: string;
}

/** The version of the tool found on PATH. @throws Failure where it is missing, does not answer, or is too old. */
export async function requireTool(tool: Tool, signal: AbortSignal, env: EnvDelta = {}): Promise<string> {
  const name = tool.name ?? tool.binary;
  const needed = tool.minimum === undefined ? name : `${name} ${tool.minimum} or newer`;
  const finished = await run({ argv: [tool.binary, ...tool.versionArgs], env }, signal);
  if (finished.kind === "cancelled") throw signal.reason;
  if (finished.kind === "missing")
    throw new Failure({
      severity: "error",
      message: `${tool.binary} is not on PATH; ${needed} is needed`,
      suggestion: tool.install,
    });
  const version = tool.versionPattern.exec(`${finished.stdout}\n${finished.stderr}`)?.[1];
  if (version === undefined)
    throw new Failure({
      severity: "error",
      message: `${name} does not tell its version; ${needed} is needed`,
      command: [tool.binary, ...tool.versionArgs].join(" "),
      details: finished.tail,
      suggestion: tool.install,
    });
  if (tool.minimum !== undefined && compareVersions(version, tool.minimum) < 0)
    throw new Failure({
      severity: "error",
      message: `${name} ${version} is too old; ${needed} is needed`,
      suggestion: tool.install,
    });
  return version;
}

/** Negative, zero or positive, by the numbers between the dots; a missing number counts as 0. */
function compareVersions(a: string, b: string): number {
  const [left, right] = [numbers(a), numbers(b)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function numbers(version: string): number[] {
  return (version.match(/\d+/g) ?? []).slice(0, 3).map(Number);
}
