/**
 * The user's commands around a sync, on this machine and in the synced containers. They run once for each batch; the
 * first failure ends the sync, and the artifact is built instead.
 */
import type { Cluster } from "../../cluster/cluster.ts";
import type { Artifact, Hook } from "../../config/project.ts";
import { runInContainer } from "../../deploy/hooks/container-hook.ts";
import { forThisSystem, type HookFacts, oneByOne, runHostHook } from "../../deploy/hooks/host-hook.ts";
import type { Event } from "../../event/event.ts";
import type { SyncedBatch, SyncHooks } from "./syncer.ts";

export type SyncedArtifact = Pick<Artifact, "image" | "context" | "sync">;

export interface SyncHookMeans {
  readonly artifacts: readonly SyncedArtifact[];
  readonly cluster: Cluster;
  readonly facts: HookFacts;
  emit(event: Event): void;
}

export function syncHooks(means: SyncHookMeans): SyncHooks {
  const run = async (side: "before" | "after", batch: SyncedBatch, signal: AbortSignal) => {
    const artifact = means.artifacts.find(({ image }) => image === batch.image);
    if (artifact === undefined) return;
    const hooks = artifact.sync?.hooks[side] ?? [];
    const name = side === "before" ? "pre-sync" : "post-sync";
    const here = hooks.filter((hook) => hook.kind === "container" || forThisSystem([hook]).length > 0);
    await oneByOne(here, { name, emit: means.emit }, (hook) => runHook(hook, name, batch, artifact, means, signal));
  };
  return {
    has(image) {
      const hooks = means.artifacts.find((artifact) => artifact.image === image)?.sync?.hooks;
      return hooks !== undefined && hooks.before.length + hooks.after.length > 0;
    },
    before: (batch, signal) => run("before", batch, signal),
    after: (batch, signal) => run("after", batch, signal),
  };
}

async function runHook(
  hook: Hook,
  name: string,
  batch: SyncedBatch,
  { image, context }: SyncedArtifact,
  { cluster, facts, emit }: SyncHookMeans,
  signal: AbortSignal,
): Promise<void> {
  if (hook.kind === "container") {
    await Promise.all(
      batch.containers.map(({ target }) => runInContainer(cluster, target, hook, { name, emit }, signal)),
    );
    return;
  }
  const namespaces = [...new Set(batch.containers.map(({ target }) => target.namespace))];
  const reference = batch.containers[0]?.reference ?? image;
  const sync = { reference, context, files: batch.files, deleted: batch.deleted };
  await runHostHook(hook, { name, facts: { ...facts, namespaces, sync }, emit }, signal);
}
