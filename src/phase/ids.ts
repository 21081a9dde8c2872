/**
 * The names of tasks. Stable between runs, readable in `why`, made in one place so that edges never miss.
 *
 * A project that deploys to several clusters names the tasks of each by its context, because the same object and the
 * same image may go to each. Where there is one cluster, nothing says which.
 */

/** @param scope the context's name; undefined where the project has one cluster */
export function clusterTaskId(scope: string | undefined) {
  const scoped = (id: string) => (scope === undefined ? id : `${id}@${scope}`);
  return {
    destination: scoped("destination"),
    listing: scoped("listing"),
    presence: (image: string) => scoped(`presence:${image}`),
    deliver: (image: string) => scoped(`deliver:${image}`),
    /** Every object for the cluster, where it goes. */
    objects: scoped("objects"),
    /** Objects that the manifests do not name any more. */
    leftOver: scoped("left-over"),
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
  /** The program that makes the module's kustomizations. */
  kustomizeProgram: (module: string) => `program:${module}/kustomize`,
  /** The files of one. */
  kustomization: (name: string) => `kustomization:${name}`,
  kustomize: (name: string) => `kustomize:${name}`,
  /** The text of `render`. */
  manifests: "manifests",
  hook: (name: string) => `hook:${name}`,
  ...clusterTaskId(undefined),
} as const;
