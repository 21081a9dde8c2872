/**
 * The other objects that an object names. What a workload needs before its pods can start (`needs`) is in its connected
 * set and applied with it; other references only give an order. Reads fields at their places in Kubernetes; pure, and
 * never fails on malformed objects, which the server refuses.
 */
import type { KubeObject } from "../../cluster/cluster.ts";
import { groupOf, kindId } from "./object-id.ts";

/** An object named by another one. `namespace` is absent for kinds without one. */
export interface Named {
  /** Group and kind. */
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

// biome-ignore lint/suspicious/noExplicitAny: manifests may have any shape before the server has checked them.
type Any = any;

/** The ConfigMaps, Secrets, claims and the service account that the object's pods name. */
export function needs(object: KubeObject): Named[] {
  const spec = podSpec(object);
  if (spec === undefined) return [];
  const found: Named[] = [];
  const here = (kind: string, name: unknown) => {
    if (typeof name === "string" && name !== "") found.push(inNamespaceOf(object, kind, name));
  };
  here("ServiceAccount", spec.serviceAccountName ?? spec.serviceAccount);
  for (const secret of list(spec.imagePullSecrets)) here("Secret", secret?.name);
  for (const volume of list(spec.volumes)) {
    here("ConfigMap", volume?.configMap?.name);
    here("Secret", volume?.secret?.secretName);
    here("PersistentVolumeClaim", volume?.persistentVolumeClaim?.claimName);
    for (const source of list(volume?.projected?.sources)) {
      here("ConfigMap", source?.configMap?.name);
      here("Secret", source?.secret?.name);
    }
  }
  for (const container of containersOf(spec)) {
    for (const from of list(container?.envFrom)) {
      here("ConfigMap", from?.configMapRef?.name);
      here("Secret", from?.secretRef?.name);
    }
    for (const variable of list(container?.env)) {
      here("ConfigMap", variable?.valueFrom?.configMapKeyRef?.name);
      here("Secret", variable?.valueFrom?.secretKeyRef?.name);
    }
  }
  return found;
}

/**
 * Objects that should exist before, besides those that the object needs: its namespace, its kind, classes, roles,
 * services.
 */
export function prefers(object: KubeObject): Named[] {
  const found: Named[] = [];
  const global = (kind: string, name: unknown) => {
    if (typeof name === "string" && name !== "") found.push({ kind, name });
  };
  const here = (kind: string, name: unknown) => {
    if (typeof name === "string" && name !== "") found.push(inNamespaceOf(object, kind, name));
  };
  global("Namespace", object.metadata.namespace);
  const spec = podSpec(object);
  global("scheduling.k8s.io/PriorityClass", spec?.priorityClassName);
  global("node.k8s.io/RuntimeClass", spec?.runtimeClassName);
  const own: Any = object.spec;
  switch (kindId(object)) {
    case "apps/StatefulSet":
      here("Service", own?.serviceName);
      break;
    case "PersistentVolumeClaim":
      global("storage.k8s.io/StorageClass", own?.storageClassName);
      global("PersistentVolume", own?.volumeName);
      break;
    case "networking.k8s.io/Ingress":
      global("networking.k8s.io/IngressClass", own?.ingressClassName);
      here("Service", own?.defaultBackend?.service?.name);
      for (const rule of list(own?.rules))
        for (const path of list(rule?.http?.paths)) here("Service", path?.backend?.service?.name);
      for (const tls of list(own?.tls)) here("Secret", tls?.secretName);
      break;
    case "rbac.authorization.k8s.io/RoleBinding":
    case "rbac.authorization.k8s.io/ClusterRoleBinding": {
      const role: Any = object.roleRef;
      if (role?.kind === "ClusterRole") global("rbac.authorization.k8s.io/ClusterRole", role?.name);
      else here("rbac.authorization.k8s.io/Role", role?.name);
      for (const subject of list(object.subjects))
        if (subject?.kind === "ServiceAccount" && typeof subject?.name === "string")
          found.push({
            kind: "ServiceAccount",
            name: subject.name,
            namespace: String(subject.namespace ?? object.metadata.namespace ?? ""),
          });
      break;
    }
  }
  return found;
}

/** The service account of the object's pods. */
export function serviceAccountOf(object: KubeObject): Named | undefined {
  const spec = podSpec(object);
  if (spec === undefined) return undefined;
  return inNamespaceOf(object, "ServiceAccount", String(spec.serviceAccountName ?? spec.serviceAccount ?? "default"));
}

/** Whether a Service sends to the object's pods. */
export function isSelectedBy(object: KubeObject, service: KubeObject): boolean {
  if (object.metadata.namespace !== service.metadata.namespace) return false;
  const labels = object.kind === "Pod" ? object.metadata.labels : podTemplate(object)?.metadata?.labels;
  const selector = Object.entries((service.spec?.selector as Any) ?? {});
  return selector.length > 0 && selector.every(([label, value]) => labels?.[label] === value);
}

/** The spec of the object's own pod, or of its pod template. */
function podSpec(object: KubeObject): Any {
  if (kindId(object) === "Pod") return object.spec;
  return podTemplate(object)?.spec;
}

function podTemplate(object: KubeObject): Any {
  const own: Any = object.spec;
  const template = own?.template ?? own?.jobTemplate?.spec?.template;
  // Custom resources have templates of many kinds; a template with containers is one of pods.
  return Array.isArray(template?.spec?.containers) ? template : undefined;
}

function containersOf(spec: Any): readonly Any[] {
  return [...list(spec.initContainers), ...list(spec.containers), ...list(spec.ephemeralContainers)];
}

function inNamespaceOf(object: KubeObject, kind: string, name: string): Named {
  const { namespace } = object.metadata;
  return { kind, name, ...(namespace === undefined ? {} : { namespace }) };
}

function list(value: Any): readonly Any[] {
  return Array.isArray(value) ? value : [];
}

/** Whether `definition` (a CustomResourceDefinition) defines the object's kind. */
export function isDefinedBy(object: KubeObject, definition: KubeObject): boolean {
  const { group, names } = (definition.spec ?? {}) as { group?: string; names?: { kind?: string } };
  return group !== undefined && groupOf(object.apiVersion) === group && names?.kind === object.kind;
}
