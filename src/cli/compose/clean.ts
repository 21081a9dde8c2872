/**
 * Cleans up by the ledger of one place, with a heading, and tells what could not be cleaned up. A command for some
 * modules of the project (`-m`) cleans up what is for these, and for the ones that they require.
 */

import type { DeployTarget } from "../../deploy/apply/owned-apply.ts";
import { type Cleaners, cleanUp } from "../../deploy/ledger/cleanup.ts";
import { isFor } from "../../deploy/ledger/ledger-entry.ts";
import { type ExitCode, exitCode } from "../../diag/exit.ts";
import type { World } from "./world.ts";

export interface CleanUpOptions {
  readonly cleaners: Cleaners;
  /** Ids of the modules that the command is for; undefined: all of the project, also those that are gone from its files. */
  readonly modules: ReadonlySet<string> | undefined;
  readonly emit: World["emit"];
}

export async function cleanTarget(
  target: DeployTarget,
  { cleaners, modules, emit }: CleanUpOptions,
  signal: AbortSignal,
): Promise<ExitCode> {
  const { cluster, ledger, owner, namespace } = target;
  await ledger.refresh();
  if (!ledger.entries().some((entry) => isFor(entry, modules))) return exitCode.ok;
  emit({ type: "phase", phase: "cleanup", status: "started" });
  const { failures } = await cleanUp({ cluster, ledger, owner, namespace, modules, cleaners, emit }, signal);
  emit({ type: "phase", phase: "cleanup", status: failures.length > 0 ? "failed" : "done" });
  for (const diagnostic of failures) emit({ type: "diagnostic", diagnostic });
  return failures.length > 0 ? exitCode.failed : exitCode.ok;
}

/** The modules that a clean-up is for, as the project has them now. */
export function chosenModules({ invocation, open }: World): ReadonlySet<string> | undefined {
  if (invocation.flags.list("module").length === 0) return undefined;
  return new Set(open.project.modules.map(({ id }) => id));
}
