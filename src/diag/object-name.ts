/** The name of a Kubernetes object in every text for people: one form for progress, diagnostics and clean-up. */

/** The fields of an object, or of a reference to an object, that its name is made of. */
interface Named {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

/**
 * `deployment/web`, `certificate.cert-manager.io/web in namespace shop`. Groups of Kubernetes itself are left out.
 * @param home the namespace that is left out as well
 */
export function nameOf({ apiVersion, kind, namespace, name }: Named, home?: string): string {
  const group = apiVersion.slice(0, Math.max(0, apiVersion.indexOf("/")));
  const shown = group.includes(".") && !group.endsWith(".k8s.io") ? `.${group}` : "";
  const where = namespace === undefined || namespace === home ? "" : ` in namespace ${namespace}`;
  return `${kind.toLowerCase()}${shown}/${name}${where}`;
}
