/**
 * Parts of a pod in the configuration (volumes, mounts, tolerations, variables), with their fields in Kubernetes'
 * spelling. Older versions of the format use lower case, and a volume's source one level deeper; both are accepted in
 * every version. The user's own keys (labels, attributes of a driver) are not changed.
 */
import type { Json } from "../../std/data/json.ts";
import { type Node, toJson } from "../yaml/tree.ts";

const fields = [
  "accessModes",
  "apiGroup",
  "apiVersion",
  "claimName",
  "clusterTrustBundle",
  "configMap",
  "configMapKeyRef",
  "containerName",
  "dataSource",
  "defaultMode",
  "downwardAPI",
  "emptyDir",
  "expirationSeconds",
  "fieldPath",
  "fieldRef",
  "fsType",
  "hostPath",
  "mountPath",
  "mountPropagation",
  "nodePublishSecretRef",
  "persistentVolumeClaim",
  "readOnly",
  "recursiveReadOnly",
  "resourceFieldRef",
  "secretKeyRef",
  "secretName",
  "secretRef",
  "serviceAccountToken",
  "sizeLimit",
  "storageClassName",
  "subPath",
  "subPathExpr",
  "tolerationSeconds",
  "valueFrom",
  "volumeClaimTemplate",
  "volumeMode",
  "volumeName",
];
const spelled = new Map(fields.map((name) => [name.toLowerCase(), name]));
/** Wrappers of Go's types: their fields belong to the object around them. */
const wrappers = new Set(["volumesource", "localobjectreference"]);
const owned = new Set(["volumeAttributes", "volumeattributes", "matchLabels", "labels", "annotations", "options"]);

export function kubernetesSpelling(node: Node): Json {
  if (node.kind === "list") return node.items.map(kubernetesSpelling);
  if (node.kind !== "map") return toJson(node);
  return Object.fromEntries(
    [...node.entries].flatMap(([key, { node: value }]): [string, Json][] => {
      if (wrappers.has(key) && value.kind === "map") return Object.entries(kubernetesSpelling(value) as object);
      return [[spelled.get(key) ?? key, owned.has(key) ? toJson(value) : kubernetesSpelling(value)]];
    }),
  );
}
