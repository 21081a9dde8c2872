/** Deployment: done when every replica is of the newest template, available, and no old one is left. */
import { condition, failed, isUnobserved, type Judge, progressing, ready } from "./judgement.ts";
import { refusal, rollout } from "./rollout.ts";

export const judgeDeployment: Judge = (object, around) => {
  if (isUnobserved(object)) return progressing("waiting for the deployment's new spec to be observed");
  return rollout(controllerView(object, around), around);
};

const controllerView: Judge = (object, around) => {
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = object.status ?? {};
  const wanted = object.spec?.replicas ?? 1;
  if (updatedReplicas >= wanted && replicas <= updatedReplicas && availableReplicas >= updatedReplicas) return ready;
  const refused = condition(object, "ReplicaFailure");
  // A quota that is full for a moment of the roll-out mends itself while pods of the new template exist.
  if (refused?.status === "True" && around.pods.length === 0) return refusal(refused.reason, refused.message);
  const progress = condition(object, "Progressing");
  if (progress?.reason === "ProgressDeadlineExceeded")
    return failed(`exceeded its progress deadline of ${object.spec?.progressDeadlineSeconds ?? 600} s`);
  if (updatedReplicas < wanted) return progressing(`${updatedReplicas} of ${wanted} new replicas have been updated`);
  if (replicas > updatedReplicas)
    return progressing(`${replicas - updatedReplicas} old replicas are pending termination`);
  return progressing(`${availableReplicas} of ${updatedReplicas} updated replicas are available`);
};
