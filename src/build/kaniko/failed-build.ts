/** Why a build failed: the executor's own message, or what the cluster did to its pod. */
import type { Place } from "../../diag/diagnostic.ts";
import { Failure } from "../../diag/failure.ts";
import type { Ended } from "./pod-state.ts";

// biome-ignore lint/suspicious/noControlCharactersInRegex: the executor colours its log by escape sequences.
const colours = /\u001b\[[0-9;]*m/g;

export function failedBuild(image: string, { code, reason }: Ended, tail: readonly string[], at: Place): Failure {
  const lines = tail.map((line) => line.replace(colours, ""));
  if (reason === "OOMKilled")
    return new Failure({
      severity: "error",
      message: `cannot build ${image}: the executor was killed because it ran out of memory`,
      at,
      details: lines,
      suggestion: "raise build.cluster.resources.limits.memory",
    });
  const said = lines.findLast((line) => /^(error|panic|fatal)\b/i.test(line.trim()));
  const why = said === undefined ? `the executor ended with exit code ${code}` : causeIn(said.trim());
  return new Failure({ severity: "error", message: `cannot build ${image}: ${why}`, at, details: lines });
}

/** The innermost reason in the executor's chain. */
function causeIn(line: string): string {
  return line
    .replace(/^error building image: /i, "")
    .replace(/^error building stage: /i, "")
    .replace(/^failed to execute command: /i, "");
}
