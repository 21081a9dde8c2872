/** The locks that a `dev` session takes for the modules of its project, in the store of the machine. */
import { ModuleLocks } from "../../dev/loop/module-locks.ts";
import { Failure } from "../../diag/failure.ts";
import { systemClock } from "../../std/clock.ts";
import type { World } from "./world.ts";

export function moduleLocks({ store, invocation, emit }: World): ModuleLocks {
  const takeover = invocation.flags.bool("takeover");
  return new ModuleLocks({ tryLock: (name) => store.tryLock(name), takeover, end, clock: systemClock, emit });
}

/** One that has ended by itself meanwhile is what was asked for. @throws Failure where it is somebody else's */
function end(pid: number): void {
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
