/** The pod of a build: what it always is, and what each field of `build.cluster` and of the section makes of it. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { buildPod, type PodFacts } from "../../../src/build/kaniko/pod.ts";
import { kanikoArtifact } from "./kaniko-artifact.ts";

const facts: PodFacts = {
  name: "kaniko-1",
  namespace: "builds",
  args: ["--destination=example.test/team/web:v1"],
  secrets: {},
  dockerfileApart: false,
  deadlineSeconds: 1260,
};

async function podOf(section: string, cluster: string, over: Partial<PodFacts> = {}) {
  await using it = await kanikoArtifact(section, cluster);
  return buildPod(it.spec(), { ...facts, ...over });
}

const context = { name: "kaniko-emptydir", mountPath: "/kaniko/buildcontext" };

test("with defaults: a container that waits for the context, then the executor", async () => {
  expect(await podOf("", "")).toEqual({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "kaniko-1", namespace: "builds", labels: { "skaffold-kaniko": "skaffold-kaniko" } },
    spec: {
      restartPolicy: "Never",
      activeDeadlineSeconds: 1260,
      initContainers: [
        {
          name: "kaniko-init-container",
          image: "gcr.io/k8s-skaffold/skaffold-helpers/busybox",
          imagePullPolicy: "IfNotPresent",
          command: ["sh", "-c", expect.stringContaining("/tmp/complete")],
          volumeMounts: [context],
        },
      ],
      containers: [
        {
          name: "kaniko",
          image: "gcr.io/kaniko-project/executor:latest",
          imagePullPolicy: "IfNotPresent",
          args: facts.args,
          env: [],
          volumeMounts: [context],
        },
      ],
      volumes: [{ name: "kaniko-emptydir", emptyDir: {} }],
    },
  });
});

const rows: [section: string, cluster: string, at: string, wanted: unknown][] = [
  ["image: example.test/executor:1", "", "spec.containers.0.image", "example.test/executor:1"],
  ["initImage: example.test/init:1", "", "spec.initContainers.0.image", "example.test/init:1"],
  ["imagePullSecret: pull", "", "spec.imagePullSecrets", [{ name: "pull" }]],
  [
    'env: [{name: A, value: "{{.IMAGE_TAG}}"}, {name: B, valueFrom: {secretKeyRef: {name: s, key: k}}}]',
    "",
    "spec.containers.0.env",
    [
      { name: "A", value: "v1" },
      { name: "B", valueFrom: { secretKeyRef: { name: "s", key: "k" } } },
    ],
  ],
  ["env: [{name: A, value: 1}]", "", "spec.containers.0.env", [{ name: "A", value: "1" }]],
  [
    "",
    "HTTP_PROXY: http://p.test, HTTPS_PROXY: http://q.test",
    "spec.containers.0.env",
    [
      { name: "HTTP_PROXY", value: "http://p.test" },
      { name: "HTTPS_PROXY", value: "http://q.test" },
    ],
  ],
  ["", "serviceAccount: builder", "spec.serviceAccountName", "builder"],
  ["", "runAsUser: 0", "spec.securityContext", { runAsUser: 0 }],
  ["", "nodeSelector: {disk: fast}", "spec.nodeSelector", { disk: "fast" }],
  ["", 'annotations: {a.test/b: "c"}', "metadata.annotations", { "a.test/b": "c" }],
  ["", "labels: {team: web}", "metadata.labels", { "skaffold-kaniko": "skaffold-kaniko", team: "web" }],
  [
    "",
    "tolerations: [{key: builds, operator: Exists, effect: NoExecute, tolerationSeconds: 30}]",
    "spec.tolerations",
    [{ key: "builds", operator: "Exists", effect: "NoExecute", tolerationSeconds: 30 }],
  ],
  [
    "",
    "tolerations: [{key: builds, tolerationseconds: 30}]",
    "spec.tolerations",
    [{ key: "builds", tolerationSeconds: 30 }],
  ],
  [
    "",
    "resources: {requests: {cpu: 500m, memory: 1Gi}, limits: {cpu: 2, ephemeralStorage: 5Gi, resourceStorage: 6Gi}}",
    "spec.containers.0.resources",
    { requests: { cpu: "500m", memory: "1Gi" }, limits: { cpu: "2", "ephemeral-storage": "5Gi", storage: "6Gi" } },
  ],
  ["", "resources: {limits: {memory: 1Gi}}", "spec.initContainers.0.resources", { limits: { memory: "1Gi" } }],
  [
    "volumeMounts: [{name: certs, mountPath: /certs, readOnly: true}]",
    "volumes: [{name: certs, configMap: {name: certs, defaultMode: 420}}]",
    "spec.containers.0.volumeMounts.1",
    { name: "certs", mountPath: "/certs", readOnly: true },
  ],
  [
    "",
    "volumes: [{name: certs, configMap: {name: certs, defaultMode: 420}}]",
    "spec.volumes.1",
    { name: "certs", configMap: { name: "certs", defaultMode: 420 } },
  ],
  [
    "volumeMounts: [{name: certs, mountpath: /certs}]",
    "volumes: [{name: certs, volumesource: {configmap: {localobjectreference: {name: certs}}}}]",
    "spec.volumes.1",
    { name: "certs", configMap: { name: "certs" } },
  ],
  ["cache: {hostPath: /bases}", "", "spec.volumes.1", { name: "kaniko-cache", hostPath: { path: "/bases" } }],
  ["cache: {hostPath: /bases}", "", "spec.containers.0.volumeMounts.1", { name: "kaniko-cache", mountPath: "/bases" }],
];

test.each(rows)("kaniko {%s} cluster {%s}: %s", async (section, cluster, at, wanted) => {
  const pod = await podOf(section, cluster);
  expect(at.split(".").reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], pod)).toEqual(wanted);
});

test("a service account's key is mounted where the executor's environment says", async () => {
  const pod = await podOf("", "pullSecretName: key, pullSecretMountPath: /keys/", {
    secrets: { google: { name: "key", key: "kaniko-secret" } },
  });
  expect(pod.spec.containers[0]).toMatchObject({
    env: [{ name: "GOOGLE_APPLICATION_CREDENTIALS", value: "/keys/kaniko-secret" }],
    volumeMounts: [context, { name: "kaniko-secret", mountPath: "/keys/" }],
  });
  expect(pod.spec.volumes[1]).toEqual({
    name: "kaniko-secret",
    secret: { secretName: "key", items: [{ key: "kaniko-secret", path: "kaniko-secret" }] },
  });
});

test("a Docker config is mounted under the name that the executor looks for", async () => {
  const pod = await podOf("", "dockerConfig: {secretName: regcred}", {
    secrets: { docker: { name: "regcred", key: ".dockerconfigjson" } },
  });
  expect(pod.spec.containers[0].volumeMounts).toContainEqual({ name: "docker-cfg", mountPath: "/kaniko/.docker" });
  expect(pod.spec.volumes[1]).toEqual({
    name: "docker-cfg",
    secret: { secretName: "regcred", items: [{ key: ".dockerconfigjson", path: "config.json" }] },
  });
});

test("what the section of the cluster is where nothing is written, and paths of its files", async () => {
  await using none = await kanikoArtifact(undefined);
  expect(none.module.artifacts[0]?.builder.kind).toBe("kaniko");
  expect(none.module.build.cluster).toMatchObject({
    pullSecretMountPath: "/secret",
    timeout: "20m",
    concurrency: 0,
    randomPullSecret: false,
    randomDockerConfigSecret: false,
  });
  expect(none.module.build.cluster).not.toContainAnyKeys(["pullSecretName", "namespace", "dockerConfig"]);
  await using given = await kanikoArtifact(
    "",
    "pullSecretPath: key.json, dockerConfig: {path: config.json}, timeout: 90s",
  );
  expect(given.module.build.cluster).toMatchObject({
    pullSecretPath: join(given.root, "key.json"),
    pullSecretName: "kaniko-secret",
    dockerConfig: { path: join(given.root, "config.json"), secretName: "docker-cfg" },
    timeout: "90s",
  });
});
