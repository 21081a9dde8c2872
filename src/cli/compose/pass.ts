/** Runs one pass of the graph for a command, with the headings around it. */

import type { PassRequest, PassResult } from "../../graph/request.ts";
import { passHeadings } from "../../phase/announce.ts";
import { imageIds } from "../../phase/image/built-images.ts";
import { systemClock } from "../../std/clock.ts";
import type { World } from "./world.ts";

export interface PassOptions {
  /** False for a pass that applies nothing. */
  readonly deploys?: boolean;
  /** True where the session has emitted the begin of the pass, with its saves. */
  readonly isAnnounced?: boolean;
}

export async function runPass(
  world: World,
  request: Omit<PassRequest, "signal">,
  { deploys = true, isAnnounced = false }: PassOptions = {},
): Promise<PassResult> {
  const { bus, emit, executor, limits, places, signal } = world;
  for (const { builds } of places) await builds.sweep();
  if (!isAnnounced) emit({ type: "pass-started", pass: 1, saves: [] });
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
