/**
 * The kinds that every Kubernetes cluster serves, as data, so that applying ordinary manifests needs no discovery
 * request. Only stable versions, and betas that are still in use; all other kinds are discovered. Plurals and scopes
 * never change within a version.
 */

/** Kinds per group and version; a name with `/` is namespaced, `Kind=plural` where the plural is irregular. */
const kinds: Readonly<Record<string, string>> = {
  v1: "/Binding /ConfigMap /Endpoints=endpoints /Event /LimitRange Namespace Node /PersistentVolumeClaim PersistentVolume /Pod /PodTemplate /ReplicationController /ResourceQuota /Secret /ServiceAccount /Service",
  "apps/v1": "/ControllerRevision /DaemonSet /Deployment /ReplicaSet /StatefulSet",
  "batch/v1": "/CronJob /Job",
  "autoscaling/v1": "/HorizontalPodAutoscaler",
  "autoscaling/v2": "/HorizontalPodAutoscaler",
  "networking.k8s.io/v1": "IngressClass /Ingress /NetworkPolicy=networkpolicies",
  "policy/v1": "/PodDisruptionBudget",
  "rbac.authorization.k8s.io/v1": "ClusterRole ClusterRoleBinding /Role /RoleBinding",
  "scheduling.k8s.io/v1": "PriorityClass",
  "storage.k8s.io/v1": "CSIDriver CSINode StorageClass VolumeAttachment",
  "coordination.k8s.io/v1": "/Lease",
  "discovery.k8s.io/v1": "/EndpointSlice",
  "events.k8s.io/v1": "/Event",
  "apiextensions.k8s.io/v1": "CustomResourceDefinition",
  "apiregistration.k8s.io/v1": "APIService",
  "admissionregistration.k8s.io/v1": "MutatingWebhookConfiguration ValidatingWebhookConfiguration",
  "node.k8s.io/v1": "RuntimeClass",
};

/** Plural and scope of a built-in kind, or undefined where it must be discovered. */
export function builtinKind(apiVersion: string, kind: string): { plural: string; namespaced: boolean } | undefined {
  for (const word of (kinds[apiVersion] ?? "").split(" ")) {
    const [name = "", plural] = word.replace("/", "").split("=");
    if (name === kind) return { plural: plural ?? regularPlural(kind), namespaced: word.startsWith("/") };
  }
  return undefined;
}

function regularPlural(kind: string): string {
  const lower = kind.toLowerCase();
  return lower.endsWith("s") ? `${lower}es` : `${lower}s`;
}
