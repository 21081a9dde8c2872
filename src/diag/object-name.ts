/** How an object is named wherever people read it: one shape for progress, complaints and clean-up. */

/** Enough of an object, or of a reference to one. */
interface Named {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

/**
 * `deployment/web`, `certificate.cert-manager.io/web in namespace shop`. Groups of Kubernetes itself go without saying.
 * @param home the namespace that goes without saying, too
 */
export function nameOf({ apiVersion, kind, namespace, name }: Named, home?: string): string {
  const group = apiVersion.slice(0, Math.max(0, apiVersion.indexOf("/")));
  const shown = group.includes(".") && !group.endsWith(".k8s.io") ? `.${group}` : "";
  const where = namespace === undefined || namespace === home ? "" : ` in namespace ${namespace}`;
  return `${kind.toLowerCase()}${shown}/${name}${where}`;
}
