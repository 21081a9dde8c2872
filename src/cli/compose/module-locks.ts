/** Wires the locks that a `dev` session takes for the modules of its project, in the store of the machine. */
import { ModuleLocks } from "../../dev/project/module-locks.ts";
import { systemClock } from "../../std/clock.ts";
import { endProcess } from "../../tool/process/end-process.ts";
import type { World } from "./world.ts";

export function moduleLocks({ store, invocation, emit }: World): ModuleLocks {
  const takeover = invocation.flags.bool("takeover");
  const tryLock = (name: string) => store.tryLock(name);
  return new ModuleLocks({ tryLock, takeover, end: endProcess, clock: systemClock, emit });
}
