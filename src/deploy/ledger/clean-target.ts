/**
 * Cleans up by the ledger of one place, with a heading, and reports what could not be cleaned up. A command for some
 * modules of the project (`-m`) cleans up the objects of these modules and of those that they require.
 */

import { Failure } from "../../diag/failure.ts";
import type { Event } from "../../event/event.ts";
import type { DeployTarget } from "../apply/owned-apply.ts";
import { type Cleaners, type CleanupOptions, cleanUp } from "./cleanup.ts";
import { isFor } from "./ledger-entry.ts";

export interface CleanTargetOptions {
  readonly cleaners: Cleaners;
  readonly deletion?: CleanupOptions["deletion"];
  /** Ids of the command's modules; undefined: all of the project, including modules that are removed from its files. */
  readonly modules: ReadonlySet<string> | undefined;
  readonly emit: (event: Event) => void;
}

/** @returns whether everything was cleaned up; the rest was reported */
export async function cleanTarget(
  target: DeployTarget,
  { cleaners, deletion, modules, emit }: CleanTargetOptions,
  signal: AbortSignal,
): Promise<boolean> {
  const { cluster, ledger, owner, namespace } = target;
  await ledger.refresh();
  if (!ledger.entries().some((entry) => isFor(entry, modules))) return true;
  emit({ type: "phase", phase: "cleanup", status: "started" });
  const { failures } = await cleanUp({ cluster, ledger, owner, namespace, modules, cleaners, deletion, emit }, signal);
  emit({ type: "phase", phase: "cleanup", status: failures.length > 0 ? "failed" : "done" });
  for (const diagnostic of failures) emit({ type: "diagnostic", diagnostic });
  return failures.length === 0;
}

/**
 * Cleans up one place after the other. A place that fails, because its cluster does not answer, is reported and does
 * not stop the others.
 * @param clean returns whether everything in a place was cleaned up
 * @returns whether everything was cleaned up
 * @throws the signal's reason
 */
export async function cleanEach<Place>(
  places: readonly Place[],
  clean: (place: Place) => Promise<boolean>,
  emit: (event: Event) => void,
  signal: AbortSignal,
): Promise<boolean> {
  let isClean = true;
  for (const place of places) {
    try {
      if (!(await clean(place))) isClean = false;
    } catch (thrown) {
      if (signal.aborted || !(thrown instanceof Failure)) throw thrown;
      for (const diagnostic of thrown.diagnostics) emit({ type: "diagnostic", diagnostic });
      isClean = false;
    }
  }
  return isClean;
}
