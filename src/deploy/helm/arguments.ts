/**
 * The arguments of helm for a release, in the reference tool's order. Later values override earlier ones, so the order
 * matters: single values, values of files, templates, values files, and the inline overrides last. Pure.
 */

/** A release with everything expanded: the input of one call of helm. */
export interface ReleaseSpec {
  readonly name: string;
  /** A folder, an archive, `repo/name`, or an address. */
  readonly chart: string;
  readonly namespace: string;
  readonly version?: string;
  readonly repo?: string;
  readonly set: readonly (readonly [key: string, value: string])[];
  readonly setFiles: readonly (readonly [key: string, path: string])[];
  readonly setTemplates: readonly (readonly [key: string, value: string])[];
  readonly valuesFiles: readonly string[];
  /** The file of the inline values. */
  readonly overridesFile?: string;
  readonly createNamespace: boolean;
  readonly wait: boolean;
  readonly recreatePods: boolean;
  readonly useHelmSecrets: boolean;
  readonly force: boolean;
}

export interface HelmConnection {
  readonly context: string | undefined;
  readonly kubeconfig: string | undefined;
  /** The flags in `flags.global`. */
  readonly flags: readonly string[];
}

export function globalArguments({ context, kubeconfig, flags }: HelmConnection): string[] {
  return [
    ...flags,
    ...(context === undefined ? [] : ["--kube-context", context]),
    ...(kubeconfig === undefined ? [] : ["--kubeconfig", kubeconfig]),
  ];
}

/**
 * @param flags of `install` or `upgrade`
 * @param major helm's: version 4 has no `--recreate-pods`, and replaces only where it does not apply on the server
 * @param postRenderer its program and arguments
 */
export function deployArguments(
  verb: "install" | "upgrade",
  spec: ReleaseSpec,
  flags: readonly string[],
  major: number,
  postRenderer: readonly string[],
): string[] {
  const { version, repo } = spec;
  return [
    ...(spec.useHelmSecrets ? ["secrets"] : []),
    verb,
    spec.name,
    spec.chart,
    ...flags,
    ...(spec.force && verb === "upgrade" ? (major < 4 ? ["--force"] : ["--force-replace", "--server-side=false"]) : []),
    ...(spec.recreatePods && verb === "upgrade" && major < 4 ? ["--recreate-pods"] : []),
    ...(version === undefined ? [] : ["--version", version]),
    ...(repo === undefined ? [] : ["--repo", repo]),
    "--namespace",
    spec.namespace,
    ...(spec.createNamespace && verb === "install" ? ["--create-namespace"] : []),
    ...valueArguments(spec),
    ...(spec.wait ? ["--wait"] : []),
    ...postRenderer,
  ];
}

export function valueArguments(spec: ReleaseSpec): string[] {
  return [
    ...spec.set.flatMap(([key, value]) => ["--set", `${key}=${value}`]),
    ...spec.setFiles.flatMap(([key, path]) => ["--set-file", `${key}=${path}`]),
    ...spec.setTemplates.flatMap(([key, value]) => ["--set", `${key}=${value}`]),
    ...spec.valuesFiles.flatMap((path) => ["-f", path]),
    ...(spec.overridesFile === undefined ? [] : ["-f", spec.overridesFile]),
  ];
}
