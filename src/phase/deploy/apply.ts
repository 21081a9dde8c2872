/**
 * Applies one object of the project. Two applies are the same work for the same object with the same images, in the
 * same cluster under the same manager; the live object in this pass's LIST proves that an earlier apply is still valid.
 * Only digests are recorded, and the fields in the key are sealed, because an object may hold secrets.
 */
import type { Cluster, KubeObject } from "../../cluster/cluster.ts";
import { type ApplyRecord, drift } from "../../cluster/objects/drift.ts";
import { refOf } from "../../cluster/objects/resources.ts";
import { applyByKubectl } from "../../deploy/apply/by-kubectl.ts";
import { applyOwned, type DeployTarget } from "../../deploy/apply/owned-apply.ts";
import { marked, type Owner } from "../../deploy/apply/owner.ts";
import { fieldSeals } from "../../deploy/manifests/field-seals.ts";
import { imagesIn, withImages } from "../../deploy/manifests/images.ts";
import { objectId } from "../../deploy/manifests/object-id.ts";
import { nameOf } from "../../diag/object-name.ts";
import type { Inputs, Task, Validity } from "../../graph/task.ts";
import type { JsonRecord } from "../../std/data/json.ts";
import { clusterTaskId } from "../ids.ts";
import type { DeliverOutput } from "../image/deliver.ts";
import type { DeployModule, DeployWork, ProjectObject } from "./deploy-work.ts";
import { liveIdOf, liveOf } from "./live.ts";
import { missingNamespace } from "./missing-namespace.ts";

/** `state` changes with every write that changes the object's spec; `generation` where its kind has one. */
export type ApplyOutput = {
  readonly uid: string;
  readonly generation?: number;
  readonly applied: string;
  readonly owned: string;
  readonly state: string;
};

export interface ApplyPlace {
  /** The cluster's stable id. */
  readonly cluster: string;
  readonly owner: Owner;
  /** Owners whose objects were taken over. */
  readonly formerOwners?: readonly Owner[];
  /** Images of the object's connected set. */
  readonly images: readonly string[];
  /** How many objects go into its namespace, including itself. */
  readonly beside: number;
  /** Ids of tasks that come before. */
  readonly after: readonly string[];
}

/** A definition applied a moment ago is served within a few seconds. */
const kindWaitMs = 20_000;

export function applyTask(work: DeployWork, module: DeployModule, one: ProjectObject, place: ApplyPlace): Task {
  const { object, at } = one;
  const { manager, force, validate, kubectl, requestMs, prune: _, ...how } = module.flags;
  const apply = kubectl === undefined ? undefined : applyByKubectl(work.kubectl ?? {}, kubectl.flags);
  const id = objectId(refOf(object));
  const ids = clusterTaskId(work.scope);
  const own = imagesIn(object, place.images, work.selectors);
  const images = (inputs: Inputs) =>
    Object.fromEntries(own.map((image) => [image, inputs.get<DeliverOutput>(ids.deliver(image)).reference]));
  const desired = (inputs: Inputs) => withImages(object, images(inputs), work.selectors);
  return {
    id: ids.apply(id),
    kind: "apply",
    mode: "act",
    deps: [...new Set([liveIdOf(work, object), ...place.images.map(ids.deliver), ...place.after])],
    keyParts: (inputs): JsonRecord => ({
      cluster: place.cluster,
      object: id,
      manager,
      force,
      validate,
      ...how,
      ...(kubectl === undefined ? {} : { kubectl: kubectl.flags.map(work.seal) }),
      images: images(inputs),
      fields: fieldSeals(desired(inputs), work.seal),
    }),
    valid(output, inputs): Validity {
      const live = liveOf(work, object, inputs);
      const wanted = marked(desired(inputs), live, place.owner, undefined, place.formerOwners);
      return validity(drift(wanted, live, output as ApplyOutput, manager), live, output as ApplyOutput);
    },
    async run(inputs, { emit, signal }): Promise<ApplyOutput> {
      const target = limited(await work.target(), requestMs);
      const { adopt, facts } = work;
      const own = { adopt, kindWaitMs, module: one.module, folder: facts.workDir, apply };
      const options = { manager, force, validate, ...how, ...own };
      const live = liveOf(work, object, inputs);
      const applied = await applyOwned(target, { object: desired(inputs), at }, live, options, signal).catch(
        async (thrown: unknown) => {
          throw (await missingNamespace(thrown, target.cluster, place.beside, signal)) ?? thrown;
        },
      );
      if (applied.notice !== undefined) emit({ type: "notice", level: "info", text: applied.notice });
      const shown = `${nameOf(refOf(object), target.namespace)}${how.dryRun ? " (dry run)" : ""}`;
      emit({ type: "apply", object: shown, result: applied.result, manager });
      const { generation, resourceVersion } = applied.object.metadata;
      return {
        ...applied.record,
        ...(generation === undefined ? {} : { generation }),
        state: generation === undefined ? `version ${resourceVersion}` : `generation ${generation}`,
      };
    },
  };
}

const limits = new WeakMap<Cluster, Map<number, Cluster>>();

/** The target with a limit for each request (`--request-timeout`), the same one each time: kinds are kept by it. */
function limited(target: DeployTarget, ms: number | undefined): DeployTarget {
  if (ms === undefined) return target;
  const { cluster } = target;
  const known = limits.get(cluster) ?? new Map<number, Cluster>();
  limits.set(cluster, known);
  const fetch: Cluster["fetch"] = (path, options) => cluster.fetch(path, { ...options, timeoutMs: ms });
  const own = known.get(ms) ?? (Object.create(cluster, { fetch: { value: fetch } }) as Cluster);
  known.set(ms, own);
  return { ...target, cluster: own };
}

function validity(is: ReturnType<typeof drift>, live: KubeObject | undefined, record: ApplyRecord): Validity {
  if (is === "equal") return { valid: true, proof: "the cluster has it as applied" };
  if (live === undefined) return { valid: false, reason: "it is not in the cluster any more" };
  if (live.metadata.deletionTimestamp) return { valid: false, reason: "it is being deleted" };
  if (live.metadata.uid !== record.uid) return { valid: false, reason: "another object has its name" };
  return { valid: false, reason: "it was changed in the cluster" };
}
