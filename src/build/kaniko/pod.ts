/**
 * The pod of one build: a container that waits for the context, then the executor. Its names, folders and labels are
 * those of the reference tool, which roles, policies and dashboards of users refer to.
 */
import type { KubeObject } from "../../cluster/cluster.ts";
import type { Json } from "../../std/data/json.ts";
import { optional } from "../../std/data/optional.ts";
import { contextFolder } from "./flags.ts";
import type { KanikoSpec } from "./spec.ts";

export const initContainer = "kaniko-init-container";
export const executorContainer = "kaniko";
/** The first container ends once this file exists. */
export const completeFile = "/tmp/complete";
/** For a Dockerfile that must not be among the files of the context. */
export const dockerfileFolder = "/kaniko/dockerfile";
const dockerConfigFolder = "/kaniko/.docker";

/** Which of a secret's files is used, and for what. */
export interface MountedSecret {
  readonly name: string;
  readonly key: string;
}

export interface PodSecrets {
  /** Credentials of a Google service account. */
  readonly google?: MountedSecret;
  /** A Docker config file. */
  readonly docker?: MountedSecret;
}

export interface PodFacts {
  readonly name: string;
  readonly namespace: string;
  readonly args: readonly string[];
  readonly secrets: PodSecrets;
  /** Whether the Dockerfile has a folder of its own. */
  readonly dockerfileApart: boolean;
  /** After this time the cluster ends the pod. */
  readonly deadlineSeconds: number;
}

export function buildPod({ section, cluster, env, docker }: KanikoSpec, facts: PodFacts): KubeObject {
  const { secrets, dockerfileApart } = facts;
  const { cache } = section;
  const context = [
    { name: "kaniko-emptydir", mountPath: contextFolder },
    ...(dockerfileApart ? [{ name: "kaniko-dockerfile", mountPath: dockerfileFolder }] : []),
  ];
  const own = [
    ...(secrets.google ? [{ name: "kaniko-secret", mountPath: cluster.pullSecretMountPath }] : []),
    ...(secrets.docker ? [{ name: "docker-cfg", mountPath: dockerConfigFolder }] : []),
    ...(cache?.hostPath === undefined ? [] : [{ name: "kaniko-cache", mountPath: cache.hostPath }]),
  ];
  const common = {
    imagePullPolicy: "IfNotPresent",
    ...optional("resources", cluster.resources),
  };
  const platform = platformLabels(docker.platform);
  const nodeSelector = { ...platform, ...cluster.nodeSelector };
  const spec = {
    restartPolicy: "Never",
    activeDeadlineSeconds: facts.deadlineSeconds,
    ...optional("serviceAccountName", cluster.serviceAccount),
    ...(section.imagePullSecret === undefined ? {} : { imagePullSecrets: [{ name: section.imagePullSecret }] }),
    ...(cluster.runAsUser === undefined ? {} : { securityContext: { runAsUser: cluster.runAsUser } }),
    ...(cluster.tolerations.length > 0 ? { tolerations: cluster.tolerations } : {}),
    ...(Object.keys(nodeSelector).length > 0 ? { nodeSelector } : {}),
    initContainers: [
      {
        name: initContainer,
        image: section.initImage,
        command: ["sh", "-c", `while [ ! -f ${completeFile} ]; do sleep 0.1 2>/dev/null || sleep 1; done`],
        volumeMounts: [...context, ...section.volumeMounts],
        ...common,
      },
    ],
    containers: [
      {
        name: executorContainer,
        image: section.image,
        args: facts.args,
        env: [...environment(secrets, cluster), ...env],
        volumeMounts: [...context, ...own, ...section.volumeMounts],
        ...common,
      },
    ],
    volumes: [
      ...context.map(({ name }): Json => ({ name, emptyDir: {} })),
      ...(secrets.google ? [secretVolume("kaniko-secret", secrets.google, secrets.google.key)] : []),
      ...(secrets.docker ? [secretVolume("docker-cfg", secrets.docker, "config.json")] : []),
      ...(cache?.hostPath === undefined ? [] : [{ name: "kaniko-cache", hostPath: { path: cache.hostPath } }]),
      ...cluster.volumes,
    ],
  };
  const { annotations, labels } = cluster;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: facts.name,
      namespace: facts.namespace,
      labels: { "skaffold-kaniko": "skaffold-kaniko", ...labels },
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    },
    spec,
  };
}

function environment(
  { google }: PodSecrets,
  { httpProxy, httpsProxy, pullSecretMountPath }: KanikoSpec["cluster"],
): readonly { readonly name: string; readonly value: string }[] {
  const given = {
    GOOGLE_APPLICATION_CREDENTIALS: google && `${pullSecretMountPath.replace(/\/$/, "")}/${google.key}`,
    HTTP_PROXY: httpProxy,
    HTTPS_PROXY: httpsProxy,
  };
  return Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));
}

function secretVolume(name: string, { name: secretName, key }: MountedSecret, path: string): Json {
  return { name, secret: { secretName, items: [{ key, path }] } };
}

/** A platform's images are built on nodes of that platform. */
function platformLabels(platform: string | undefined): Readonly<Record<string, string>> {
  const [os, arch] = platform?.split("/") ?? [];
  return os && arch ? { "kubernetes.io/os": os, "kubernetes.io/arch": arch } : {};
}
