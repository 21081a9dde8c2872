/**
 * A deployer of releases, for tests alone: a release is installed as a whole, tells what it holds only afterwards, and is
 * undone as a whole. It holds the deployer's interface against something that is not kubectl.
 */
import type { KubeObject } from "../../src/cluster/cluster.ts";
import type { DeployTarget } from "../../src/deploy/apply/owned-apply.ts";
import type { Entry } from "../../src/deploy/ledger/ledger.ts";
import type { Task } from "../../src/graph/task.ts";
import type { DeployedObject, Deployer } from "../../src/phase/deploy/deployer.ts";
import { clusterTaskId } from "../../src/phase/ids.ts";
import type { DeliverOutput } from "../../src/phase/image/deliver.ts";
import type { Json } from "../../src/std/data/json.ts";

/** What a cluster has of a release: its history, newest last. */
export interface ReleaseStore {
  readonly revisions: { readonly chart: string; readonly images: readonly string[]; readonly objects: KubeObject[] }[];
}

export interface ReleaseWork {
  readonly module: string;
  readonly name: string;
  /** Stands for the chart and its values. */
  chart: string;
  readonly images: readonly string[];
  readonly store: ReleaseStore;
  readonly target: DeployTarget;
}

type ReleaseOutput = { readonly revision: number };
type Seen = { readonly revision: number; readonly objects: readonly KubeObject[] };

export function releaseDeployer(work: ReleaseWork): Deployer {
  const { name, module, store, target } = work;
  const ids = clusterTaskId(undefined);
  const thing = { apiVersion: "v1", kind: "Release", namespace: target.namespace, name, thing: "release" } as const;
  const seen = (): Seen => ({ revision: store.revisions.length, objects: store.revisions.at(-1)?.objects ?? [] });

  const before: Task = {
    id: `release-before:${name}`,
    kind: "look",
    mode: "observe",
    deps: [],
    run: async () => ({ revision: store.revisions.length }),
  };
  const install: Task = {
    id: `release:${name}`,
    kind: "release",
    mode: "act",
    uninterruptible: true,
    deps: [before.id, ...work.images.map(ids.deliver)],
    keyParts: (inputs) => ({
      cluster: target.clusterId,
      chart: work.chart,
      images: work.images.map((image) => inputs.get<DeliverOutput>(ids.deliver(image)).reference),
    }),
    valid(output, inputs) {
      const { revision } = inputs.get<ReleaseOutput>(before.id);
      if (revision === (output as ReleaseOutput).revision)
        return { valid: true, proof: `it is at revision ${revision}` };
      return { valid: false, reason: revision === 0 ? "it is not installed any more" : "somebody changed it" };
    },
    async run(inputs): Promise<ReleaseOutput> {
      const found = inputs.get<ReleaseOutput>(before.id).revision;
      const known = target.ledger.get(thing);
      const subject = { ...thing, module, detail: known?.detail ?? { revision: found } };
      if (found === 0) await target.ledger.creating(subject);
      else if (known === undefined) await target.ledger.changed(subject, { uid: name, manager: "release", prior: [] });
      const images = work.images.map((image) => inputs.get<DeliverOutput>(ids.deliver(image)).reference);
      store.revisions.push({ chart: work.chart, images, objects: objectsOf(work.chart, images) });
      if (found === 0) await target.ledger.created(subject, name);
      return { revision: store.revisions.length };
    },
  };
  const after: Task = {
    id: `release-objects:${name}`,
    kind: "look",
    mode: "observe",
    deps: [install.id],
    run: async () => seen() as unknown as Json,
  };
  return {
    kind: "release",
    target: async () => target,
    tasks: () => [before, install, after],
    deployed(outputs) {
      const known = outputs.get(after.id) as unknown as Seen | undefined;
      return known?.objects.map((object): DeployedObject => ({ module, object, uid: `${object.metadata.name}-uid` }));
    },
    cleaners: {
      async release({ state, detail }: Entry) {
        if (state !== "changed") {
          store.revisions.length = 0;
          return { result: "deleted" };
        }
        const revision = Number(detail?.revision);
        const was = store.revisions[revision - 1];
        if (was) store.revisions.push(was);
        return { result: "restored", why: `rolled back to revision ${revision}` };
      },
    },
  };
}

function objectsOf(chart: string, images: readonly string[]): KubeObject[] {
  return images.map((image, i) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: `${chart}-${i}`, namespace: "shop" },
    spec: { containers: [{ image }] },
  }));
}
