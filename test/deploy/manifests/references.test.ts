/** Which objects an object names: every place where Kubernetes has a name, and nothing for fields of another shape. */
import { expect, test } from "bun:test";
import type { KubeObject } from "../../../src/cluster/cluster.ts";
import {
  isDefinedBy,
  isSelectedBy,
  type Named,
  needs,
  prefers,
  serviceAccountOf,
} from "../../../src/deploy/manifests/references.ts";

const object = (
  apiVersion: string,
  kind: string,
  more: object = {},
  namespace: string | undefined = "shop",
): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name: "it", ...(namespace === undefined ? {} : { namespace }) },
  ...more,
});
const pod = (spec: object) => object("v1", "Pod", { spec });
const words = (named: readonly Named[]) =>
  named.map(({ kind, name, namespace }) => `${kind}/${name}${namespace === undefined ? "" : ` in ${namespace}`}`);

test.each<[string, object, readonly string[]]>([
  ["a service account", { serviceAccountName: "robot" }, ["ServiceAccount/robot in shop"]],
  ["a service account by its old name", { serviceAccount: "robot" }, ["ServiceAccount/robot in shop"]],
  ["pull secrets", { imagePullSecrets: [{ name: "a" }, { name: "b" }] }, ["Secret/a in shop", "Secret/b in shop"]],
  ["a volume of a ConfigMap", { volumes: [{ configMap: { name: "a" } }] }, ["ConfigMap/a in shop"]],
  ["a volume of a Secret", { volumes: [{ secret: { secretName: "a" } }] }, ["Secret/a in shop"]],
  ["a claim", { volumes: [{ persistentVolumeClaim: { claimName: "a" } }] }, ["PersistentVolumeClaim/a in shop"]],
  [
    "a projected volume",
    { volumes: [{ projected: { sources: [{ configMap: { name: "a" } }, { secret: { name: "b" } }, {}] } }] },
    ["ConfigMap/a in shop", "Secret/b in shop"],
  ],
  [
    "envFrom",
    { containers: [{ envFrom: [{ configMapRef: { name: "a" } }, { secretRef: { name: "b" } }] }] },
    ["ConfigMap/a in shop", "Secret/b in shop"],
  ],
  [
    "env",
    {
      containers: [
        {
          env: [
            { valueFrom: { configMapKeyRef: { name: "a" } } },
            { valueFrom: { secretKeyRef: { name: "b" } } },
            { name: "c" },
          ],
        },
      ],
    },
    ["ConfigMap/a in shop", "Secret/b in shop"],
  ],
  ["init containers", { initContainers: [{ envFrom: [{ secretRef: { name: "a" } }] }] }, ["Secret/a in shop"]],
  [
    "ephemeral containers",
    { ephemeralContainers: [{ envFrom: [{ secretRef: { name: "a" } }] }] },
    ["Secret/a in shop"],
  ],
  ["nothing by an empty name", { serviceAccountName: "", volumes: [{ configMap: {} }] }, []],
  ["nothing in fields of another shape", { volumes: "x", containers: [null, 1], imagePullSecrets: { a: 1 } }, []],
])("a pod needs %s", (_what, spec, expected) => {
  expect(words(needs(pod(spec)))).toEqual([...expected]);
});

const template = { spec: { serviceAccountName: "robot", containers: [] } };
test.each<[string, KubeObject, readonly string[]]>([
  ["a template's", object("apps/v1", "Deployment", { spec: { template } }), ["ServiceAccount/robot in shop"]],
  [
    "a job template's",
    object("batch/v1", "CronJob", { spec: { jobTemplate: { spec: { template } } } }),
    ["ServiceAccount/robot in shop"],
  ],
  [
    "a custom resource's template of pods",
    object("x.io/v1", "Job", { spec: { template } }),
    ["ServiceAccount/robot in shop"],
  ],
  [
    "none of a template of something else",
    object("x.io/v1", "Job", { spec: { template: { spec: { serviceAccountName: "a" } } } }),
    [],
  ],
  ["none without a spec", object("v1", "ConfigMap"), []],
  [
    "no namespace where it has none",
    { ...pod({ serviceAccountName: "robot" }), metadata: { name: "it" } },
    ["ServiceAccount/robot"],
  ],
])("%s", (_what, of, expected) => {
  expect(words(needs(of))).toEqual([...expected]);
});

const namespace = "Namespace/shop";
test.each<[string, KubeObject, readonly string[]]>([
  ["its namespace", object("v1", "ConfigMap"), [namespace]],
  ["nothing without one", { ...object("v1", "ConfigMap"), metadata: { name: "it" } }, []],
  [
    "classes of pods",
    pod({ priorityClassName: "high", runtimeClassName: "fast" }),
    [namespace, "scheduling.k8s.io/PriorityClass/high", "node.k8s.io/RuntimeClass/fast"],
  ],
  [
    "a stateful set's service",
    object("apps/v1", "StatefulSet", { spec: { serviceName: "db" } }),
    [namespace, "Service/db in shop"],
  ],
  [
    "a claim's class and volume",
    object("v1", "PersistentVolumeClaim", { spec: { storageClassName: "ssd", volumeName: "v" } }),
    [namespace, "storage.k8s.io/StorageClass/ssd", "PersistentVolume/v"],
  ],
  [
    "what an ingress leads to",
    object("networking.k8s.io/v1", "Ingress", {
      spec: {
        ingressClassName: "nginx",
        defaultBackend: { service: { name: "default" } },
        rules: [{ http: { paths: [{ backend: { service: { name: "web" } } }, {}] } }, {}],
        tls: [{ secretName: "cert" }],
      },
    }),
    [
      namespace,
      "networking.k8s.io/IngressClass/nginx",
      "Service/default in shop",
      "Service/web in shop",
      "Secret/cert in shop",
    ],
  ],
  [
    "a role and service accounts, wherever they are",
    object("rbac.authorization.k8s.io/v1", "RoleBinding", {
      roleRef: { kind: "Role", name: "reader" },
      subjects: [
        { kind: "ServiceAccount", name: "a" },
        { kind: "ServiceAccount", name: "b", namespace: "other" },
        { kind: "User", name: "c" },
        { kind: "ServiceAccount" },
      ],
    }),
    [
      namespace,
      "rbac.authorization.k8s.io/Role/reader in shop",
      "ServiceAccount/a in shop",
      "ServiceAccount/b in other",
    ],
  ],
  [
    "a cluster role, by either binding",
    object(
      "rbac.authorization.k8s.io/v1",
      "ClusterRoleBinding",
      { roleRef: { kind: "ClusterRole", name: "all" } },
      undefined,
    ),
    [namespace, "rbac.authorization.k8s.io/ClusterRole/all"],
  ],
  [
    "nothing of a kind of another group",
    object("x.io/v1", "StatefulSet", { spec: { serviceName: "db" } }),
    [namespace],
  ],
])("what should be there first: %s", (_what, of, expected) => {
  expect(words(prefers(of))).toEqual([...expected]);
});

test.each<[string, KubeObject, string | undefined]>([
  ["the one it names", pod({ serviceAccountName: "robot" }), "ServiceAccount/robot in shop"],
  ["the one it names by the old name", pod({ serviceAccount: "robot" }), "ServiceAccount/robot in shop"],
  ["the namespace's own", pod({}), "ServiceAccount/default in shop"],
  ["none where there are no pods", object("v1", "ConfigMap"), undefined],
])("the service account of pods: %s", (_what, of, expected) => {
  expect(words([serviceAccountOf(of)].flatMap((one) => one ?? []))).toEqual(expected === undefined ? [] : [expected]);
});

const service = (selector: object | undefined, of = "shop") => object("v1", "Service", { spec: { selector } }, of);
const labels = { app: "web", tier: "front" };
const labelled = { ...pod({}), metadata: { name: "it", namespace: "shop", labels } };
const deployment = object("apps/v1", "Deployment", {
  spec: { template: { metadata: { labels }, spec: { containers: [] } } },
});

test.each<[string, KubeObject, KubeObject, boolean]>([
  ["every label", labelled, service(labels), true],
  ["some of the labels", labelled, service({ app: "web" }), true],
  ["one that differs", labelled, service({ app: "web", tier: "back" }), false],
  ["no selector", labelled, service(undefined), false],
  ["an empty selector", labelled, service({}), false],
  ["another namespace", labelled, service(labels, "other"), false],
  ["a template's labels", deployment, service(labels), true],
  [
    "an object's own labels, where its pods have others",
    { ...object("apps/v1", "Deployment"), metadata: labelled.metadata },
    service(labels),
    false,
  ],
])("a service selects by %s", (_what, of, by, expected) => {
  expect(isSelectedBy(of, by)).toBe(expected);
});

test.each<[object | undefined, boolean]>([
  [{ group: "x.io", names: { kind: "Widget" } }, true],
  [{ group: "y.io", names: { kind: "Widget" } }, false],
  [{ group: "x.io", names: { kind: "Gadget" } }, false],
  [{ names: { kind: "Widget" } }, false],
  [undefined, false],
])("a definition with %j brings x.io/v1 Widget: %p", (spec, expected) => {
  const definition = object("apiextensions.k8s.io/v1", "CustomResourceDefinition", { spec }, undefined);
  expect(isDefinedBy(object("x.io/v1", "Widget"), definition)).toBe(expected);
});
