/** Which rule judges which kind, and which kinds are ready as soon as they are stored. */
import type { KubeObject } from "../cluster.ts";
import type { Judge, Judgement, Surroundings } from "./judgement.ts";
import { judgeDaemonSet } from "./kinds/daemonset.ts";
import { judgeDeployment } from "./kinds/deployment.ts";
import { judgeClaim, judgeDefinition, judgeGeneric } from "./kinds/generic.ts";
import { judgeJob } from "./kinds/job.ts";
import { judgePod } from "./kinds/pod.ts";
import { judgeReplicaSet } from "./kinds/replicaset.ts";
import { judgeStatefulSet } from "./kinds/statefulset.ts";

const judges: Readonly<Record<string, Judge>> = {
  "apps/Deployment": judgeDeployment,
  "apps/StatefulSet": judgeStatefulSet,
  "apps/DaemonSet": judgeDaemonSet,
  "apps/ReplicaSet": judgeReplicaSet,
  "/ReplicationController": judgeReplicaSet,
  "batch/Job": judgeJob,
  "/Pod": judgePod,
  "/PersistentVolumeClaim": judgeClaim,
  "apiextensions.k8s.io/CustomResourceDefinition": judgeDefinition,
};

/** Kinds whose pods say more than their own status. */
const podOwners = [
  "apps/Deployment",
  "apps/StatefulSet",
  "apps/DaemonSet",
  "apps/ReplicaSet",
  "/ReplicationController",
  "batch/Job",
  "/Pod",
];

/** Groups whose other kinds are ready at once: an Ingress without a controller, a Service without a balancer. */
const atOnce = [
  "",
  "apps",
  "batch",
  "autoscaling",
  "policy",
  "networking.k8s.io",
  "rbac.authorization.k8s.io",
  "storage.k8s.io",
  "scheduling.k8s.io",
  "coordination.k8s.io",
  "discovery.k8s.io",
  "node.k8s.io",
  "admissionregistration.k8s.io",
  "events.k8s.io",
];

export function judge(object: KubeObject, around: Surroundings): Judgement {
  return (judges[keyOf(object)] ?? judgeGeneric)(object, around);
}

/** Whether objects of the kind are waited for. */
export function isWaitedFor(of: { readonly apiVersion: string; readonly kind: string }): boolean {
  return keyOf(of) in judges || !atOnce.includes(groupOf(of.apiVersion));
}

/** Whether objects of the kind have pods. */
export function hasPods(of: { readonly apiVersion: string; readonly kind: string }): boolean {
  return podOwners.includes(keyOf(of));
}

function keyOf(of: { readonly apiVersion: string; readonly kind: string }): string {
  return `${groupOf(of.apiVersion)}/${of.kind}`;
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
}
