/**
 * Writes and deletes objects by the user's `kubectl`, where a flag requires it. What is written, when, and who owns it
 * is decided as always; only the write itself is kubectl's. A preview is kubectl's dry run on the server. Such a write
 * cannot be conditional on the object's uid, so the object is read directly before.
 */
import type { Cluster, KubeObject, ObjectRef } from "../../cluster/cluster.ts";
import { ApiError } from "../../cluster/connect/api-error.ts";
import type { applyObject } from "../../cluster/objects/apply.ts";
import { needsWrite } from "../../cluster/objects/drift.ts";
import { getObject } from "../../cluster/objects/objects.ts";
import { refOf } from "../../cluster/objects/resources.ts";
import { nameOf } from "../../diag/object-name.ts";
import { kubectl } from "../../tool/kubectl.ts";

/** How kubectl reaches the cluster. */
export interface KubectlPlace {
  /** Absent: the current one. */
  readonly context?: string;
  readonly kubeconfig?: string;
}

/** @param flags of the configuration, global ones first */
export function applyByKubectl(place: KubectlPlace, flags: readonly string[]): typeof applyObject {
  return async (cluster, desired, _live, options, signal) => {
    const ref = refOf(desired);
    const seen = await getObject(cluster, ref, signal);
    refuseOther(seen, options.uid, ref);
    const run = (...more: readonly string[]) =>
      kubectl(
        {
          args: [...globalArguments(place, cluster, ref), "apply", ...flags, ...more, "-f", "-"],
          stdin: JSON.stringify(desired),
        },
        signal,
      );
    if (options.dryRun) {
      const { stdout } = await run("--dry-run=server", "--output=json");
      const object = JSON.parse(stdout) as KubeObject;
      if (seen === undefined) return { object, result: "created" };
      return needsWrite(seen, object, options.manager)
        ? { object, result: "configured" }
        : { object: seen, result: "unchanged" };
    }
    await run();
    const object = await getObject(cluster, ref, signal);
    if (object === undefined) throw gone(ref);
    const same = seen?.metadata.resourceVersion === object.metadata.resourceVersion;
    return { object, result: seen === undefined ? "created" : same ? "unchanged" : "configured" };
  };
}

/** Deletes one object that was just read; it may still be ending afterwards. */
export async function deleteByKubectl(
  place: KubectlPlace,
  cluster: Cluster,
  ref: ObjectRef,
  flags: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const { apiVersion, kind, name, namespace } = ref;
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }) };
  const args = ["delete", "--ignore-not-found=true", ...flags, "--wait=false", "-f", "-"];
  const stdin = JSON.stringify({ apiVersion, kind, metadata });
  await kubectl({ args: [...globalArguments(place, cluster, ref), ...args], stdin }, signal);
}

function globalArguments({ context, kubeconfig }: KubectlPlace, cluster: Cluster, { namespace }: ObjectRef): string[] {
  const named = context ?? (cluster.context === "in-cluster" ? undefined : cluster.context);
  return [
    ...(named === undefined ? [] : ["--context", named]),
    ...(namespace === undefined ? [] : ["--namespace", namespace]),
    ...(kubeconfig === undefined ? [] : ["--kubeconfig", kubeconfig]),
  ];
}

/** @throws ApiError as the server's for a write to another object than the decided one */
function refuseOther(seen: KubeObject | undefined, uid: string | null | undefined, ref: ObjectRef): void {
  if (uid === undefined || (seen?.metadata.uid ?? null) === uid) return;
  throw gone(ref);
}

function gone(ref: ObjectRef): ApiError {
  const message = "it has gone, or another object has its name";
  return new ApiError({ reason: "Conflict", message }, 409, `cannot apply ${nameOf(ref)}`);
}
