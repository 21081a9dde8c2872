/** The target of a port-forward as a resource of the cluster, and the pod's port for it. Pure. */
import type { KubeObject } from "../../cluster/cluster.ts";

export interface ForwardEntry {
  /**
   * In any letter case: service, pod, deployment, replicaset, statefulset, replicationcontroller, daemonset, job,
   * cronjob.
   */
  readonly resourceType: string;
  readonly resourceName: string;
  readonly namespace: string;
  /** A number, or the name of a port. */
  readonly port: number | string;
  readonly address: string;
  /** Absent: the same number as `port`, or any where `port` is a name. 0: any. */
  readonly localPort?: number;
}

export interface ResourceKind {
  readonly apiVersion: string;
  readonly kind: string;
}

const kinds: Readonly<Record<string, ResourceKind>> = {
  service: { apiVersion: "v1", kind: "Service" },
  pod: { apiVersion: "v1", kind: "Pod" },
  replicationcontroller: { apiVersion: "v1", kind: "ReplicationController" },
  deployment: { apiVersion: "apps/v1", kind: "Deployment" },
  replicaset: { apiVersion: "apps/v1", kind: "ReplicaSet" },
  statefulset: { apiVersion: "apps/v1", kind: "StatefulSet" },
  daemonset: { apiVersion: "apps/v1", kind: "DaemonSet" },
  job: { apiVersion: "batch/v1", kind: "Job" },
  cronjob: { apiVersion: "batch/v1", kind: "CronJob" },
};

/** undefined for a type that cannot be forwarded. */
export function resourceKind(type: string): ResourceKind | undefined {
  return kinds[type.toLowerCase()];
}

/** Kinds between a workload of this kind and its pods. */
export function between(kind: string): readonly ResourceKind[] {
  if (kind === "Deployment") return [kinds.replicaset as ResourceKind];
  if (kind === "CronJob") return [kinds.job as ResourceKind];
  return [];
}

interface ServicePort {
  readonly name?: string;
  readonly port: number;
  readonly protocol?: string;
  readonly targetPort?: number | string;
}

/** The ports of a Service that can be forwarded: TCP only. */
export function servicePorts(service: KubeObject): readonly ServicePort[] {
  const all: readonly ServicePort[] = service.spec?.ports ?? [];
  return all.filter(({ protocol }) => protocol === undefined || protocol === "TCP");
}

/**
 * The pod's port; undefined where it has none of that name.
 * @param service the Service that the port belongs to, if it does
 */
export function podPort(port: number | string, pod: KubeObject, service: KubeObject | undefined): number | undefined {
  const wanted = service ? targetOf(port, service) : port;
  const digits = typeof wanted === "string" && /^\d+$/.test(wanted);
  if (typeof wanted === "number" || digits) return Number(wanted);
  interface Container {
    readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
  }
  const containers: readonly Container[] = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
  return containers.flatMap(({ ports }) => ports ?? []).find(({ name }) => name === wanted)?.containerPort;
}

/** A number that is none of the Service's ports counts as a port of its pods. */
function targetOf(port: number | string, service: KubeObject): number | string {
  const own = servicePorts(service).find((one) => String(one.port) === String(port) || one.name === port);
  return own ? (own.targetPort ?? own.port) : port;
}
