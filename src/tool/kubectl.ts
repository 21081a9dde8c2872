/**
 * The user's `kubectl`, for what only its flags can say. Decides how it is started and how its failure is reported; the
 * caller gives the arguments and the text of the objects, which is never shown.
 */
import { Failure } from "../diag/failure.ts";
import type { Command, Printed } from "./process/command.ts";
import { failed, run } from "./process/run.ts";

export interface KubectlRun {
  readonly args: readonly string[];
  readonly stdin: string;
}

/** @throws Failure with kubectl's last lines, or where it is missing; the signal's reason when cancelled */
export async function kubectl({ args, stdin }: KubectlRun, signal: AbortSignal): Promise<Printed> {
  const command: Command = { argv: ["kubectl", ...args], stdin, captureBytes: 64 * 1024 * 1024 };
  const finished = await run(command, signal);
  if (finished.kind === "cancelled") throw signal.reason;
  if (finished.kind === "exited" && finished.code === 0 && !finished.truncated) return finished;
  if (finished.kind === "missing")
    throw new Failure({
      severity: "error",
      message: "kubectl is not on PATH, and a flag in deploy.kubectl.flags needs it",
      suggestion: "install kubectl, or take the flag out",
    });
  throw new Failure(failed(command, finished, finished.kind === "exited" ? ownWords(finished.stderr) : undefined));
}

/** kubectl's own complaint, which may stand before a whole object; undefined where it printed none. */
function ownWords(stderr: string): string | undefined {
  const line = stderr.split("\n").find((each) => /^(?:error: |Error from server|The \S+ ".*" is invalid)/.test(each));
  return line === undefined ? undefined : `kubectl: ${line.replace(/^error: /, "")}`;
}
