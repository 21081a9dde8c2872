/** The hooks around a deploy, of both kinds: in order, one after another, and the first failure ends the step. */
import type { Cluster } from "../../cluster/cluster.ts";
import type { ContainerHook } from "../../config/project.ts";
import { runContainerHook } from "./container-hook.ts";
import { forThisSystem, type HookRun, type HostHook, oneByOne, runHostHook } from "./host-hook.ts";

export type DeployHook = (HostHook & { readonly kind?: "host" }) | ContainerHook;

/** The cluster of hooks in containers; used only where there is such a hook. */
export interface HookPlace {
  cluster(): Promise<Cluster>;
  /** Namespaces that are searched for containers. */
  readonly namespaces: readonly string[];
  /** How long pods may take to start; 0: only running pods count. */
  readonly startMs: number;
}

/** @throws Failure at the hook's place; the signal's reason when cancelled */
export async function runDeployHooks(
  hooks: readonly DeployHook[],
  how: HookRun,
  place: HookPlace,
  signal: AbortSignal,
): Promise<void> {
  const here = hooks.filter((hook) => hook.kind === "container" || forThisSystem([hook]).length > 0);
  await oneByOne(here, how, async (hook) => {
    if (hook.kind !== "container") return runHostHook(hook, how, signal);
    const { namespaces, startMs } = place;
    return runContainerHook(hook, { cluster: await place.cluster(), namespaces, startMs }, how, signal);
  });
}
