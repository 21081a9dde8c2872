/** Runs one pass of the graph for a command, with the headings that people read around it. */

import type { PassRequest, PassResult } from "../../graph/request.ts";
import { passHeadings } from "../../phase/announce.ts";
import { imageIds } from "../../phase/image/built-images.ts";
import { systemClock } from "../../std/clock.ts";
import type { World } from "./world.ts";

export interface PassOptions {
  /** False for a pass that applies nothing. */
  readonly deploys?: boolean;
  /** A session has told already that the pass begins, and for which saves. */
  readonly isTold?: boolean;
}

export async function runPass(
  world: World,
  request: Omit<PassRequest, "signal">,
  { deploys = true, isTold = false }: PassOptions = {},
): Promise<PassResult> {
  const { bus, emit, executor, limits, places, signal } = world;
  for (const { builds } of places) await builds.sweep();
  if (!isTold) emit({ type: "pass-started", pass: 1, saves: [] });
  const headings = passHeadings(emit, systemClock, deploys);
  const stop = bus.subscribe(({ event }) => headings.observe(event));
  try {
    const result = await executor.pass({ limits, ...request, signal });
    await world.store.images.used(imageIds(result));
    return result;
  } finally {
    stop();
    headings.end();
  }
}
