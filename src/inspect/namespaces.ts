/** `namespaces list`: the namespaces of the workloads in a rendered manifest. */

import { readFile } from "node:fs/promises";
import { builtinKind } from "../cluster/objects/builtin-kinds.ts";
import { Source } from "../config/yaml/source.ts";
import { readManifests } from "../deploy/manifests/read-manifest.ts";
import type { Diagnostic } from "../diag/diagnostic.ts";
import { Failure } from "../diag/failure.ts";
import { fileErrorWords } from "../std/file-error.ts";

interface ResourceInfo {
  readonly name: string;
  readonly namespace: string;
}

/**
 * By API group, version and resource, in the order of the file. Objects without a namespace are in `fallback`.
 * @throws Failure
 */
export async function namespacesView(
  file: string,
  shown: string,
  fallback: string,
): Promise<Readonly<Record<string, readonly ResourceInfo[]>>> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new Failure(`cannot read ${shown}: ${fileErrorWords(cause)}`);
  });
  const found: Diagnostic[] = [];
  const manifests = readManifests(new Source(file, shown, text), (d) => found.push(d));
  const [first, ...more] = found.filter(({ severity }) => severity === "error");
  if (first) throw new Failure(first, ...more);
  const resources: Record<string, ResourceInfo[]> = {};
  for (const { object } of manifests) {
    const { apiVersion, kind, metadata } = object;
    const known = builtinKind(apiVersion, kind);
    if (known?.namespaced === false) continue;
    const plural = known?.plural ?? `${kind.toLowerCase()}s`;
    const info = { name: metadata.name, namespace: metadata.namespace ?? fallback };
    const key = `${apiVersion}, Resource=${plural}`;
    resources[key] = [...(resources[key] ?? []), info];
  }
  return resources;
}
