/**
 * Resolves `build.cluster`: absolute paths, defaults filled in, resources with Kubernetes' names. Parts that a pod
 * takes unchanged only get Kubernetes' spelling of fields.
 */
import { optional } from "../../std/data/optional.ts";
import type { ClusterBuild } from "../project.ts";
import type { cluster } from "../schema/sections/kaniko.ts";
import type { View } from "../schema/view.ts";
import { childItems } from "../yaml/tree.ts";
import { kubernetesSpelling } from "./kubernetes-spelling.ts";
import { absolutePath, type Scope } from "./scope.ts";

type ClusterView = View<(typeof cluster)["fields"]>;

const clusterDefaults = {
  pullSecretName: "kaniko-secret",
  pullSecretMountPath: "/secret",
  dockerConfigSecretName: "docker-cfg",
  timeout: "20m",
} as const;

/** Files of secrets are relative to the folder where devloop was started. */
export function clusterBuild(view: ClusterView, { cwd, home }: Pick<Scope, "cwd" | "home">): ClusterBuild {
  const file = (path: string | undefined) => (path ? absolutePath(path, cwd, home) : undefined);
  const pullSecretPath = file(view.text("pullSecretPath"));
  const config = view.object("dockerConfig");
  return {
    ...optional("httpProxy", view.text("HTTP_PROXY") || undefined),
    ...optional("httpsProxy", view.text("HTTPS_PROXY") || undefined),
    ...optional("pullSecretPath", pullSecretPath),
    ...optional(
      "pullSecretName",
      view.text("pullSecretName") || (pullSecretPath === undefined ? undefined : clusterDefaults.pullSecretName),
    ),
    pullSecretMountPath: view.text("pullSecretMountPath") || clusterDefaults.pullSecretMountPath,
    ...optional("namespace", view.text("namespace") || undefined),
    timeout: view.text("timeout") || clusterDefaults.timeout,
    ...optional(
      "dockerConfig",
      config && {
        ...optional("path", file(config.text("path"))),
        secretName: config.text("secretName") || clusterDefaults.dockerConfigSecretName,
      },
    ),
    ...optional("serviceAccount", view.text("serviceAccount") || undefined),
    tolerations: childItems(view.node, "tolerations").map(kubernetesSpelling),
    nodeSelector: texts(view, "nodeSelector"),
    annotations: texts(view, "annotations"),
    labels: texts(view, "labels"),
    ...optional("runAsUser", view.int("runAsUser")),
    ...optional("resources", resources(view)),
    concurrency: view.int("concurrency") ?? 0,
    volumes: childItems(view.node, "volumes").map(kubernetesSpelling),
    randomPullSecret: view.bool("randomPullSecret") ?? false,
    randomDockerConfigSecret: view.bool("randomDockerConfigSecret") ?? false,
    at: view.place(view.has("timeout") ? "timeout" : undefined),
  };
}

function texts(view: ClusterView, name: "nodeSelector" | "annotations" | "labels"): Readonly<Record<string, string>> {
  return Object.fromEntries([...view.map(name)].map(([key, value]) => [key, value?.text ?? ""]));
}

const resourceNames = {
  cpu: "cpu",
  memory: "memory",
  ephemeralStorage: "ephemeral-storage",
  resourceStorage: "storage",
} as const;

function resources(view: ClusterView): ClusterBuild["resources"] {
  const all = view.object("resources");
  if (all === undefined) return undefined;
  const of = (which: "requests" | "limits") => {
    const some = all.object(which);
    const names = Object.keys(resourceNames) as (keyof typeof resourceNames)[];
    const given = names.flatMap((name) => {
      const value = some?.text(name);
      return value ? [[resourceNames[name], value] as const] : [];
    });
    return given.length > 0 ? Object.fromEntries(given) : undefined;
  };
  return { ...optional("requests", of("requests")), ...optional("limits", of("limits")) };
}
