/**
 * Resolves the folders that kustomize renders. They are named below `manifests`, or below `deploy` in the older form;
 * both sections count, and each folder is taken once. A section without paths names the folder that the config is read
 * from.
 */
import { isFetched } from "../../std/repository-address.ts";
import type { Kustomization } from "../project.ts";
import type { config } from "../schema/sections/config.ts";
import type { View } from "../schema/view.ts";
import { placeOf } from "../yaml/tree.ts";
import { absolutePath, expandNow, type Scope } from "./scope.ts";

export function resolveKustomizations(root: View<(typeof config)["fields"]>, scope: Scope): Kustomization[] {
  const section = root.object("manifests")?.object("kustomize");
  // The reference tool splits each argument at blanks.
  const buildArgs = section?.texts("buildArgs").flatMap((text) => text.split(/\s+/).filter(Boolean)) ?? [];
  const found = new Map<string, Kustomization>();
  const add = (text: string, at: Kustomization["at"]) => {
    const path = absolutePath(text, scope.directory, scope.home);
    const fetched = isFetched(text) && !scope.files.isDirectory(path);
    const directory = fetched ? text : path;
    if (!found.has(directory)) found.set(directory, { directory, kind: fetched ? "address" : "path", buildArgs, at });
  };
  for (const view of [section, root.object("deploy")?.object("kustomize")]) {
    if (view === undefined) continue;
    const paths = view.scalars("paths");
    if (paths.length === 0) add(".", view.place());
    for (const node of paths) {
      const text = expandNow(node, "print", scope);
      if (text !== undefined) add(text, placeOf(node));
    }
  }
  return [...found.values()];
}
