/** `helm template`: the manifests of a release, made without a cluster. */

import type { Diagnostic } from "../../diag/diagnostic.ts";
import { Failure } from "../../diag/failure.ts";
import { helm } from "../../tool/helm.ts";
import { masker } from "../../tool/process/mask.ts";
import { globalArguments, type HelmConnection, valueArguments } from "./arguments.ts";
import { prepare, privateFolder, type Unprepared } from "./prepared.ts";

export interface TemplateRun extends Unprepared {
  readonly connection: HelmConnection;
  /** The flags in `flags.template`. */
  readonly flags: readonly string[];
  readonly skipTests: boolean;
}

/** @throws Failure with helm's message; the signal's reason when cancelled */
export async function templateRelease(run: TemplateRun, signal: AbortSignal): Promise<string> {
  await using folder = await privateFolder();
  const spec = await prepare(run, folder, signal);
  const { name, chart, version, repo, namespace, useHelmSecrets } = spec;
  const args = [
    ...(useHelmSecrets ? ["secrets"] : []),
    "template",
    name,
    chart,
    ...run.flags,
    ...(version === undefined ? [] : ["--version", version]),
    ...(repo === undefined ? [] : ["--repo", repo]),
    ...(namespace === "" ? [] : ["--namespace", namespace]),
    ...valueArguments(spec),
    ...(run.skipTests ? ["--skip-tests"] : []),
    ...globalArguments(run.connection),
  ];
  try {
    return (await helm({ args, cwd: run.cwd }, signal)).stdout;
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    throw masked(thrown, masker(spec.setTemplates.map(([, value]) => value)));
  }
}

/** Values are hidden in messages only, because the output itself must contain them. */
function masked({ diagnostics: [first, ...more] }: Failure, mask: (text: string) => string): Failure {
  const hide = (diagnostic: Diagnostic): Diagnostic => ({
    ...diagnostic,
    message: mask(diagnostic.message),
    ...(diagnostic.command === undefined ? {} : { command: mask(diagnostic.command) }),
    ...(diagnostic.details === undefined ? {} : { details: diagnostic.details.map(mask) }),
  });
  return new Failure(hide(first), ...more.map(hide));
}

/** Whether the result depends on the chart and the values alone, and not on a cluster or another program. */
export function isClosed({ flags, connection: { flags: global } }: Pick<TemplateRun, "flags" | "connection">): boolean {
  return ![...flags, ...global].some((flag) => /^--(?:validate|dry-run|post-renderer|kube)/.test(flag));
}
