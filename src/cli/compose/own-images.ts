/** Wires the stock of devloop's own images: for a command of a project, and for one that has none. */
import { connect } from "../../cluster/connect/connect.ts";
import type { Invocation } from "../../command/command.ts";
import { collectImages, type StockMeans, takeStock } from "../../deploy/stock/image-stock.ts";
import type { Engine } from "../../image/engine/engine.ts";
import { usualBounds } from "../../image/own/choose.ts";
import { systemClock } from "../../std/clock.ts";
import type { Store } from "../../store/store.ts";
import { deliveryTarget } from "./delivery.ts";
import type { World } from "./world.ts";

/** @param engine, @param store the caller's to dispose */
export function stockMeans({ env, flags, signal }: Invocation, engine: Engine, store: Store): StockMeans {
  const cluster = () => connect({ env, kubeconfig: flags.text("kubeconfig"), context: flags.text("kube-context") });
  return {
    engine,
    store,
    places: [{ cluster, delivers: () => deliveryTarget({ engine, cluster, push: undefined }, signal) }],
  };
}

/** How often sessions look for what can go, and for how long at most. */
const everyMs = 6 * 60 * 60 * 1000;
const longestMs = 15_000;

/** At the end of a session: quietly, and only where it was not done a short time ago. Whatever fails is left for next time. */
export async function collectAfterSession(world: World): Promise<void> {
  const { store, emit, invocation } = world;
  if (invocation.flags.bool("no-prune") || !(await store.images.isDue(everyMs))) return;
  const signal = AbortSignal.timeout(longestMs);
  try {
    await using stock = await takeStock(world, signal);
    const how = { now: systemClock.now(), dryRun: false };
    const collected = await collectImages(stock, store, usualBounds, how, signal);
    await store.images.collected();
    const gone = collected.flatMap(({ choices }) => choices.filter(({ goes }) => goes));
    if (gone.length > 0)
      emit({ type: "notice", level: "info", text: `${gone.length} old images of devloop's were removed` });
  } catch {
    // The next session tries again.
  }
}
