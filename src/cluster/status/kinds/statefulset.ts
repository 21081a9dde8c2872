/** StatefulSet: done when every pod up to its partition is of the newest revision and ready. */
import type { KubeObject } from "../../cluster.ts";
import {
  failed,
  isUnobserved,
  type Judge,
  type Judgement,
  progressing,
  ready,
  type Surroundings,
} from "../judgement.ts";
import { worstFinding } from "../pod-cause.ts";
import { rollout } from "./rollout.ts";

const blockedMs = 15_000;

export const judgeStatefulSet: Judge = (object, around) => {
  // With OnDelete, pods change when a person deletes them, so there is nothing to wait for.
  if (object.spec?.updateStrategy?.type === "OnDelete") return ready;
  if (isUnobserved(object)) return progressing("waiting for the stateful set's new spec to be observed");
  const judgement = rollout(controllerView(object, around), around);
  if (judgement.state !== "progressing" || judgement.cause) return judgement;
  return blockedByOldPod(object, around) ?? judgement;
};

/** The controller updates in order and does not go beyond a broken pod, not even to replace that pod. */
function blockedByOldPod(object: KubeObject, around: Surroundings): Judgement | undefined {
  const finding = object.spec?.podManagementPolicy === "Parallel" ? undefined : worstFinding(around.oldPods, around);
  const name = finding?.cause.pod?.name;
  if (!finding?.fatal || name === undefined) return undefined;
  const cause = {
    ...finding.cause,
    message: `pod ${name} of the earlier revision blocks the update: ${finding.cause.message}`,
    suggestion: `delete it, so that a new one is made: kubectl -n ${object.metadata.namespace} delete pod ${name}`,
  };
  const blockedAt = around.since + blockedMs;
  return around.now >= blockedAt ? failed(cause.message, cause) : { ...progressing(cause.message, blockedAt), cause };
}

const controllerView: Judge = (object) => {
  const { readyReplicas = 0, updatedReplicas = 0, currentRevision, updateRevision } = object.status ?? {};
  const wanted = object.spec?.replicas ?? 1;
  const partition = object.spec?.updateStrategy?.rollingUpdate?.partition ?? 0;
  if (readyReplicas < wanted) return progressing(`${readyReplicas} of ${wanted} replicas are ready`);
  const toUpdate = Math.max(0, wanted - partition);
  if (partition > 0)
    return updatedReplicas >= toUpdate
      ? ready
      : progressing(`${updatedReplicas} of ${toUpdate} new replicas have been updated`);
  if (updateRevision !== currentRevision)
    return progressing(`${updatedReplicas} of ${wanted} new replicas have been updated`);
  return ready;
};
