/** Wires the logs and port-forwards of one place to the command line. */
import type { DeployTarget } from "../../deploy/apply/owned-apply.ts";
import { type ForwardMode, forwardModes } from "../../dev/forward/entries.ts";
import { openStreams, type Streams } from "../../dev/project/streams.ts";
import { systemClock } from "../../std/clock.ts";
import type { World } from "./world.ts";

/** @param usual the forwards where the command line says nothing */
export function streamsOf({ invocation, emit }: World, target: DeployTarget, usual: readonly ForwardMode[]): Streams {
  const { flags } = invocation;
  const modes = forwardModes(flags.text("port-forward"), usual);
  return openStreams(target, { modes, logs: flags.bool("tail"), clock: systemClock, emit });
}
