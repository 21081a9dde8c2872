/**
 * One `dev` session for each module of a project in one cluster and namespace. A second one refuses and names the first,
 * or ends it with `--takeover`: two loops that repair each other's changes would never come to rest. Sessions for
 * modules that have nothing to do with each other run side by side.
 */
import { ledgersOf } from "../../deploy/ledger.ts";
import type { DeployTarget } from "../../deploy/owned-apply.ts";
import { Failure } from "../../diag/failure.ts";
import { systemClock } from "../../std/clock.ts";
import { sha256 } from "../../std/digest.ts";
import type { World } from "./world.ts";

/** A session that cleans up may take its time. */
const takeoverMs = 90_000;
const lookMs = 100;

/** @throws Failure where another session has one of the modules and is not to be ended, or does not end */
export async function sessionLock(world: World, place: DeployTarget): Promise<AsyncDisposable> {
  await using locks = new AsyncDisposableStack();
  // All take them in one order, so that two that start at once do not each end up with a part.
  const modules = world.open.project.modules.map(({ id }) => id).sort();
  for (const module of modules) locks.use(await moduleLock(world, place, module));
  return locks.move();
}

async function moduleLock(world: World, place: DeployTarget, module: string): Promise<AsyncDisposable> {
  const { store, identity, invocation, open, signal, emit } = world;
  const name = `session/${sha256(`${identity} ${module}`).slice(0, 32)}/${place.clusterId}/${place.namespace}`;
  const whose = open.project.modules.length > 1 ? `the module ${module} of this project` : "this project";
  const deadline = systemClock.now() + takeoverMs;
  let told = false;
  for (;;) {
    const result = await store.tryLock(name);
    if (result.held) return result.lock;
    const who = result.pid === undefined ? "another process" : `process ${result.pid}`;
    if (!invocation.flags.bool("takeover") || result.pid === undefined)
      throw new Failure({
        severity: "error",
        message: `${who} is already running dev for ${whose} in the namespace ${place.namespace}`,
        suggestion: "end it first, or take its place with --takeover",
      });
    if (!told) {
      emit({ type: "notice", level: "warning", text: `${who} is ended, and its place is taken` });
      end(result.pid);
      told = true;
    }
    if (systemClock.now() > deadline) throw new Failure(`${who} did not end within ${takeoverMs / 1000} s`);
    await systemClock.sleep(lookMs, signal);
  }
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

/** What earlier sessions left elsewhere is not cleaned up by this one: one line says where it is. */
export async function tellOtherLedgers(world: World, place: DeployTarget): Promise<void> {
  for (const { cluster, namespace, objects } of await ledgersOf(world.store.documents, world.identity)) {
    if (cluster === place.clusterId && namespace === place.namespace) continue;
    const where =
      cluster === place.clusterId ? `the namespace ${namespace}` : `another cluster (namespace ${namespace})`;
    const things = objects === 1 ? "1 object" : `${objects} objects`;
    world.emit({
      type: "notice",
      level: "warning",
      text: `${things} of this project ${objects === 1 ? "is" : "are"} still in ${where}; \`devloop delete -n ${namespace}\` there cleans up`,
    });
  }
}
