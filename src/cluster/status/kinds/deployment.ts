/** Deployment: done when every replica is of the newest template and available, and no old one is left. */
import type { KubeObject } from "../../cluster.ts";
import { condition, failed, isUnobserved, type Judge, type Judgement, progressing, ready } from "../judgement.ts";
import { refusal, rollout } from "./rollout.ts";

/** The API server's default deadline of a Deployment. */
const usualSeconds = 600;

export const judgeDeployment: Judge = (object, around) => {
  if (isUnobserved(object)) return progressing("waiting for the deployment's new spec to be observed");
  return rollout(controllerView(object, around), around);
};

const controllerView: Judge = (object, around) => {
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = object.status ?? {};
  const wanted = object.spec?.replicas ?? 1;
  if (updatedReplicas >= wanted && replicas <= updatedReplicas && availableReplicas >= updatedReplicas) return ready;
  const refused = condition(object, "ReplicaFailure");
  // A full quota may be temporary during a roll-out while pods of the new template exist.
  if (refused?.status === "True" && around.pods.length === 0) return refusal(refused.reason, refused.message);
  if (object.spec?.paused === true) return paused(object);
  const seconds: number = object.spec?.progressDeadlineSeconds ?? usualSeconds;
  const isLate = condition(object, "Progressing")?.reason === "ProgressDeadlineExceeded";
  // The default deadline does not end a wait that may take longer.
  if (isLate && !(seconds === usualSeconds && (around.deadlineMs ?? 0) > 1000 * usualSeconds))
    return failed(`exceeded its progress deadline of ${seconds} s`);
  if (updatedReplicas < wanted) return progressing(`${updatedReplicas} of ${wanted} new replicas have been updated`);
  if (replicas > updatedReplicas)
    return progressing(`${replicas - updatedReplicas} old replicas are pending termination`);
  return progressing(`${availableReplicas} of ${updatedReplicas} updated replicas are available`);
};

function paused({ metadata: { name, namespace = "default" } }: KubeObject): Judgement {
  const message = "is paused: no new pods are made until it is resumed";
  const suggestion = `resume it with: kubectl -n ${namespace} rollout resume deployment/${name}`;
  return { ...progressing(message), cause: { kind: "paused", message, suggestion } };
}
