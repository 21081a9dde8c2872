/**
 * Collects devloop's own images at the end of a session: without output, only where the last collection is old enough,
 * and only for a short time. A failure is left to the next session.
 */
import type { Event } from "../../event/event.ts";
import { usualBounds } from "../../image/own/choose.ts";
import type { Clock } from "../../std/clock.ts";
import { collectImages, type StockMeans, takeStock } from "./image-stock.ts";

/** Shortest time between collections, and the time limit of one. */
const everyMs = 6 * 60 * 60 * 1000;
const longestMs = 15_000;

export async function collectAfterSession(
  means: StockMeans,
  clock: Pick<Clock, "now">,
  emit: (event: Event) => void,
): Promise<void> {
  const { store } = means;
  if (!(await store.images.isDue(everyMs))) return;
  const signal = AbortSignal.timeout(longestMs);
  try {
    await using stock = await takeStock(means, signal);
    const how = { now: clock.now(), dryRun: false };
    const collected = await collectImages(stock, store, usualBounds, how, signal);
    await store.images.collected();
    const gone = collected.flatMap(({ choices }) => choices.filter(({ goes }) => goes));
    if (gone.length > 0)
      emit({ type: "notice", level: "info", text: `${gone.length} old images of devloop's were removed` });
  } catch {
    // The next session tries again.
  }
}
