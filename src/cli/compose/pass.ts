/**
 * Runs one pass of the graph for a command, with the headings around it.
 *
 * The executor gets the request of a session's pass in the same turn: the changed paths in it are told to one pass only,
 * so a newer pass must not reach the executor before.
 */

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

/** Removes what builds of killed processes left in the clusters. A session does it once, before its first pass. */
export async function sweepBuilds({ places }: Pick<World, "places">): Promise<void> {
  for (const { builds } of places) await builds.sweep();
}

export async function runPass(
  world: World,
  request: Omit<PassRequest, "signal">,
  { deploys = true, isAnnounced = false }: PassOptions = {},
): Promise<PassResult> {
  const { bus, emit, executor, limits, signal } = world;
  if (!isAnnounced) await sweepBuilds(world);
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
