/** How an object is named wherever people read it: one shape for progress, complaints and clean-up. */
import type { ObjectRef } from "./cluster.ts";

/**
 * `deployment/web`, `certificate.cert-manager.io/web in namespace shop`. Groups of Kubernetes itself go without saying.
 * @param home the namespace that goes without saying, too
 */
export function nameOf({ apiVersion, kind, namespace, name }: ObjectRef, home?: string): string {
  const group = apiVersion.slice(0, Math.max(0, apiVersion.indexOf("/")));
  const shown = group.includes(".") && !group.endsWith(".k8s.io") ? `.${group}` : "";
  const where = namespace === undefined || namespace === home ? "" : ` in namespace ${namespace}`;
  return `${kind.toLowerCase()}${shown}/${name}${where}`;
}
