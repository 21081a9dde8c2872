/** Cleans up by the ledger of one place, with a heading, and tells what could not be cleaned up. */
import { cleanUp } from "../../deploy/cleanup.ts";
import type { DeployTarget } from "../../deploy/owned-apply.ts";
import { type ExitCode, exitCode } from "../../diag/exit.ts";
import type { World } from "./world.ts";

export async function cleanTarget(world: World, target: DeployTarget, signal: AbortSignal): Promise<ExitCode> {
  const { cluster, ledger, owner, namespace } = target;
  const { emit } = world;
  await ledger.refresh();
  if (ledger.entries().length === 0) return exitCode.ok;
  emit({ type: "phase", phase: "cleanup", status: "started" });
  const { failures } = await cleanUp({ cluster, ledger, owner, namespace, emit }, signal);
  emit({ type: "phase", phase: "cleanup", status: failures.length > 0 ? "failed" : "done" });
  for (const diagnostic of failures) emit({ type: "diagnostic", diagnostic });
  return failures.length > 0 ? exitCode.failed : exitCode.ok;
}
