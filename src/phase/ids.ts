/** The names of tasks. Stable between runs, readable in `why`, made in one place so that edges never miss. */
export const taskId = {
  hash: (image: string) => `hash:${image}`,
  tag: (image: string) => `tag:${image}`,
  tags: "tags",
  engine: "engine",
  destination: "destination",
  listing: "listing",
  held: (image: string) => `held:${image}`,
  build: (image: string) => `build:${image}`,
  name: (image: string) => `name:${image}`,
  presence: (image: string) => `presence:${image}`,
  deliver: (image: string) => `deliver:${image}`,
  render: (module: string) => `render:${module}`,
  /** Every object of the project, where it goes. */
  objects: "objects",
  /** The text of `render`. */
  manifests: "manifests",
  live: (kind: string, namespace: string) => `live:${kind}/${namespace}`,
  apply: (object: string) => `apply:${object}`,
  wait: (object: string) => `wait:${object}`,
  hook: (name: string) => `hook:${name}`,
} as const;
