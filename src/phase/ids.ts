/**
 * The ids of tasks: stable between runs, readable in `why`, and made in one place so that no dependency has a wrong id.
 * In a project that deploys to several clusters, the ids of a cluster's tasks end with its context, because the same
 * object and the same image may go to each. With one cluster they have no suffix.
 */

/** @param scope the context's name; undefined where the project has one cluster */
export function clusterTaskId(scope: string | undefined) {
  const scoped = (id: string) => (scope === undefined ? id : `${id}@${scope}`);
  return {
    destination: scoped("destination"),
    listing: scoped("listing"),
    presence: (image: string) => scoped(`presence:${image}`),
    deliver: (image: string) => scoped(`deliver:${image}`),
    /** All objects for the cluster, with their namespaces. */
    objects: scoped("objects"),
    /** Objects that the manifests do not name any more. */
    leftOver: scoped("left-over"),
    prune: scoped("prune"),
    live: (kind: string, namespace: string) => scoped(`live:${kind}/${namespace}`),
    apply: (object: string) => scoped(`apply:${object}`),
    wait: (object: string) => scoped(`wait:${object}`),
  } as const;
}

/** The place of images that builds take from a registry, wherever the cluster's own images have to be. */
export const registryOfBuilds = "(registry of builds)";

export const taskId = {
  hash: (image: string) => `hash:${image}`,
  tag: (image: string) => `tag:${image}`,
  tags: "tags",
  engine: "engine",
  held: (image: string) => `held:${image}`,
  bases: (image: string) => `bases:${image}`,
  needed: (image: string) => `needed:${image}`,
  build: (image: string) => `build:${image}`,
  name: (image: string) => `name:${image}`,
  render: (module: string) => `render:${module}`,
  /** The program that renders the module's kustomizations. */
  kustomizeProgram: (module: string) => `program:${module}/kustomize`,
  /** The files of one kustomization. */
  kustomization: (name: string) => `kustomization:${name}`,
  kustomize: (name: string) => `kustomize:${name}`,
  /** The text of `render`. */
  manifests: "manifests",
  hook: (name: string) => `hook:${name}`,
  ...clusterTaskId(undefined),
} as const;
