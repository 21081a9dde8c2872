/**
 * The origin of every final value of the configuration: the file and line that wrote it, and the profile that put it
 * there. Values that no line wrote and that devloop implies are listed as implied.
 */
import type { Place } from "../diag/diagnostic.ts";
import type { Module } from "./project.ts";
import { type MapNode, type Node, placeOf } from "./yaml/tree.ts";

export interface Origin {
  readonly module: string;
  /** `build.artifacts[0].docker.target`. */
  readonly path: string;
  readonly value: string;
  /** Absent for an implied value. */
  readonly at?: Place;
  readonly profile?: string;
}

export function originsOf(module: Module, tree: MapNode): readonly Origin[] {
  const found: Origin[] = [];
  walk(tree, "", undefined, (path, node, profile) => {
    const value = node.kind === "scalar" ? node.text : node.kind === "list" ? "[]" : "{}";
    found.push({ module: module.id, path, value, at: placeOf(node), ...(profile === undefined ? {} : { profile }) });
  });
  return [...found, ...implied(module, new Set(found.map(({ path }) => path)))];
}

function walk(
  node: Node,
  path: string,
  outer: string | undefined,
  leaf: (path: string, node: Node, profile: string | undefined) => void,
): void {
  const profile = node.profile ?? outer;
  if (node.kind === "map" && node.entries.size > 0) {
    for (const [key, entry] of node.entries) walk(entry.node, path === "" ? key : `${path}.${key}`, profile, leaf);
  } else if (node.kind === "list" && node.items.length > 0) {
    for (const [i, item] of node.items.entries()) walk(item, `${path}[${i}]`, profile, leaf);
  } else leaf(path, node, profile);
}

/** Values that hold although no line of the file says so. */
function implied(module: Module, written: ReadonlySet<string>): Origin[] {
  const has = (prefix: string) => [...written].some((path) => path === prefix || path.startsWith(`${prefix}.`));
  const of = (path: string, value: string): Origin => ({ module: module.id, path, value });
  const found: Origin[] = [];
  if (module.artifacts.length > 0 && !has("build.tagPolicy"))
    found.push(of("build.tagPolicy.gitCommit.variant", "Tags"));
  if (module.artifacts.length > 0 && !has("build.local")) found.push(of("build.local", "{}"));
  for (const [i] of module.artifacts.entries())
    if (!has(`build.artifacts[${i}].docker`)) found.push(of(`build.artifacts[${i}].docker.dockerfile`, "Dockerfile"));
  if (module.manifests.rawYaml.some(({ isDefault }) => isDefault)) found.push(of("manifests.rawYaml[0]", "k8s/*.yaml"));
  if (module.deploy.kubectl && !has("deploy.kubectl")) found.push(of("deploy.kubectl", "{}"));
  return found;
}
