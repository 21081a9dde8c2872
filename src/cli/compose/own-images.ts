/** Wires the stock of devloop's own images: for a command of a project, and for one without a project. */
import { connect } from "../../cluster/connect/connect.ts";
import type { Invocation } from "../../command/command.ts";
import { openView } from "../../command/view.ts";
import { deliveryTarget } from "../../deploy/place/delivery.ts";
import { collectAfterSession } from "../../deploy/stock/after-session.ts";
import type { StockMeans } from "../../deploy/stock/image-stock.ts";
import type { Engine } from "../../image/engine/engine.ts";
import { systemClock } from "../../std/clock.ts";
import type { Store } from "../../store/store.ts";
import type { World } from "./world.ts";

/** @param engine, @param store disposed by the caller */
export function stockMeans(invocation: Invocation, engine: Engine, store: Store): StockMeans {
  const { env, flags, signal, terminal } = invocation;
  const { emit } = openView(invocation, systemClock, { logPrefix: "none", text: "none" });
  const [kubeconfig, context] = [flags.text("kubeconfig"), flags.text("kube-context")];
  const cluster = () => connect({ env, kubeconfig, context, plugins: { terminal, emit } });
  return {
    engine,
    store,
    places: [{ cluster, delivers: () => deliveryTarget({ engine, cluster, push: undefined }, signal) }],
  };
}

export async function collectOwnImages(world: World): Promise<void> {
  if (!world.invocation.flags.bool("no-prune")) await collectAfterSession(world, systemClock, world.emit);
}
