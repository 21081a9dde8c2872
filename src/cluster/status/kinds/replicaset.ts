/** ReplicaSet and ReplicationController without an owner: done when every replica is available. */
import { condition, isUnobserved, type Judge, progressing, ready } from "../judgement.ts";
import { refusal, rollout } from "./rollout.ts";

export const judgeReplicaSet: Judge = (object, around) => {
  if (isUnobserved(object)) return progressing("waiting for the replica set's new spec to be observed");
  return rollout(controllerView(object, around), around);
};

const controllerView: Judge = (object, around) => {
  const { availableReplicas = 0, replicas = 0 } = object.status ?? {};
  const wanted = object.spec?.replicas ?? 1;
  if (availableReplicas >= wanted && replicas === wanted) return ready;
  const refused = condition(object, "ReplicaFailure");
  if (refused?.status === "True" && around.pods.length === 0) return refusal(refused.reason, refused.message);
  return progressing(`${availableReplicas} of ${wanted} replicas are available`);
};
