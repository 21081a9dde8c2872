/** Asks a process that devloop did not start to end: a session that another session replaces. */
import { Failure } from "../../diag/failure.ts";

/** A process that has ended by itself meanwhile is what was asked for. @throws Failure where it is somebody else's */
export function endProcess(pid: number): void {
  try {
    process.kill(pid, "SIGTERM");
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ESRCH") return;
    throw new Failure({
      severity: "error",
      message: `process ${pid} cannot be ended: ${thrown instanceof Error ? thrown.message : thrown}`,
      suggestion: "end it as the user who started it",
    });
  }
}
