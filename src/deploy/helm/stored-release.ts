/**
 * The objects of a revision, from the record that helm keeps in the cluster: base64 of gzipped JSON, and once more
 * base64 where the record is a Secret. A revision never changes, so it is read once.
 */
import { gunzipSync } from "node:zlib";
import type { Cluster, KubeObject } from "../../cluster/cluster.ts";
import { getObject } from "../../cluster/objects/objects.ts";
import { Source } from "../../config/yaml/source.ts";
import { Failure } from "../../diag/failure.ts";
import { readManifests } from "../manifests/read-manifest.ts";
import { type HelmDriver, recordName } from "./history.ts";

export interface RevisionRef {
  readonly release: string;
  readonly namespace: string;
  readonly revision: number;
}

/** @throws Failure where the record is missing or unreadable */
export async function storedObjects(
  cluster: Cluster,
  ref: RevisionRef,
  driver: Exclude<HelmDriver, "other">,
  signal: AbortSignal,
): Promise<readonly KubeObject[]> {
  const { release, namespace, revision } = ref;
  const kind = driver === "secret" ? "Secret" : "ConfigMap";
  const name = recordName(release, revision);
  const record = await getObject(cluster, { apiVersion: "v1", kind, namespace, name }, signal);
  const data = (record as { data?: { release?: string } } | undefined)?.data?.release;
  if (data === undefined) throw new Failure(`revision ${revision} of the release ${release} is not recorded any more`);
  return objectsOf(data, driver, namespace);
}

/** The manifest's objects, each with the namespace of the release where it names none. */
export function objectsOf(data: string, driver: Exclude<HelmDriver, "other">, namespace: string): KubeObject[] {
  const inner = driver === "secret" ? Buffer.from(data, "base64").toString("latin1") : data;
  const bytes = Buffer.from(inner, "base64");
  const isZipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const { manifest = "" } = JSON.parse((isZipped ? gunzipSync(bytes) : bytes).toString("utf8")) as {
    manifest?: string;
  };
  return manifestObjects(manifest, namespace);
}

/** The cluster has accepted the manifest, so documents that cannot be read here are left out. */
export function manifestObjects(manifest: string, namespace: string): KubeObject[] {
  return readManifests(new Source("helm", "(manifest of a release)", manifest), () => undefined).map(({ object }) => ({
    ...object,
    metadata: { namespace, ...object.metadata },
  }));
}
