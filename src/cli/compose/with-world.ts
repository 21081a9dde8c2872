/**
 * The frame of every command that runs the graph: opens its world, ends the run's log with the outcome, closes
 * everything, and turns the outcome into an exit code. The effect of a signal on the exit code is decided where the
 * process ends.
 */

import type { Invocation } from "../../command/command.ts";
import type { ViewOptions } from "../../command/view.ts";
import { type ExitCode, exitCode } from "../../diag/exit.ts";
import { isCancelled } from "../../diag/failure.ts";
import type { PassResult } from "../../graph/request.ts";
import { openWorld, type World } from "./world.ts";

export async function withWorld(
  invocation: Invocation,
  text: ViewOptions["text"],
  work: (world: World) => Promise<ExitCode>,
): Promise<ExitCode> {
  await using world = await openWorld(invocation, text);
  // Runs once a day, beside the command's work; a cancelled or finished command does not wait for it.
  const done = new AbortController();
  const collected = world.store.collect(AbortSignal.any([world.signal, done.signal]));
  let code: ExitCode = exitCode.failed;
  let cancelled = false;
  try {
    code = await work(world);
    return code;
  } catch (thrown) {
    cancelled = isCancelled(thrown, world.signal);
    throw thrown;
  } finally {
    done.abort();
    await collected;
    world.ended(cancelled || world.signal.aborted ? "cancelled" : code === exitCode.ok ? "ok" : "failed");
  }
}

/** Failures were reported when they happened. */
export function exitOf({ outcome }: PassResult): ExitCode {
  return outcome === "failed" ? exitCode.failed : exitCode.ok;
}
