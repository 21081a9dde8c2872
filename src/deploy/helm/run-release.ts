/**
 * Installs, upgrades and undoes one release by helm. Decides what happens to a release that an interrupted helm left
 * pending: devloop's own is continued; for another's the diagnostic names the command that repairs it, and `--force`
 * continues it.
 */
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../../diag/failure.ts";
import type { Json } from "../../std/data/json.ts";
import { helm } from "../../tool/helm.ts";
import { deployArguments, globalArguments, type HelmConnection, type ReleaseSpec } from "./arguments.ts";
import type { History } from "./history.ts";
import { planVariable } from "./plan-variable.ts";
import type { PostRenderPlan } from "./post-render.ts";
import { type PrivateFolder, prepare, privateFolder } from "./prepared.ts";

export interface ReleaseRun {
  readonly spec: ReleaseSpec;
  readonly overrides?: Json;
  readonly packaged?: { readonly version?: string; readonly appVersion?: string };
  readonly connection: HelmConnection;
  readonly flags: { readonly install: readonly string[]; readonly upgrade: readonly string[] };
  readonly plan: PostRenderPlan;
  /** The command with which helm can start this program. */
  readonly program: readonly string[];
  /** Helm's major version: 3 or 4. */
  readonly major: number;
  /** The folder that paths in the configuration are relative to. */
  readonly cwd: string;
  /** The release's history in the cluster; undefined where there is none. */
  readonly history: History | undefined;
  /** Whether a pending release may be continued: devloop began it, or the user allowed it. */
  readonly mayContinue: boolean;
  readonly onLine: (line: string) => void;
}

/**
 * Installs or upgrades the release.
 * @throws Failure with helm's message
 */
export async function deployRelease(run: ReleaseRun, signal: AbortSignal): Promise<void> {
  await using folder = await privateFolder();
  const { spec, connection, plan, program, major, cwd, onLine } = run;
  const global = globalArguments(connection);
  const verb = await continued(run, global, signal);
  if (spec.recreatePods && major >= 4)
    onLine(`helm ${major} has no --recreate-pods: pods are replaced where they change`);
  const planFile = await folder.write("plan.json", JSON.stringify(plan));
  const prepared = await prepare(run, folder, signal);
  const renderer = await postRenderer(program, major, folder);
  const args = deployArguments(
    verb,
    prepared,
    verb === "install" ? run.flags.install : run.flags.upgrade,
    major,
    renderer.args,
  );
  const env = { [planVariable]: planFile, ...renderer.env };
  const secrets = spec.setTemplates.map(([, value]) => value);
  await helm({ args: [...args, ...global], cwd, env, secrets, onLine }, signal);
}

/** The verb for the release's present state, after a pending revision was removed or rolled back. */
async function continued(
  run: ReleaseRun,
  global: readonly string[],
  signal: AbortSignal,
): Promise<"install" | "upgrade"> {
  const { history, spec, mayContinue, cwd, onLine } = run;
  if (history === undefined) return "install";
  const { newest, deployed } = history;
  const at = ["--namespace", spec.namespace, ...global];
  const isHalf = newest.status.startsWith("pending-") || newest.status === "uninstalling";
  const neverWas = deployed === undefined && newest.status !== "superseded" && newest.status !== "uninstalled";
  if (!isHalf && !neverWas) return "upgrade";
  if (isHalf && !mayContinue) {
    const cure =
      deployed === undefined ? `helm uninstall ${spec.name}` : `helm rollback ${spec.name} ${deployed.revision}`;
    throw new Failure({
      severity: "error",
      message: `the release ${spec.name} is ${newest.status}: another helm is at work on it, or was ended before it was done`,
      suggestion: `wait for it, or run \`${cure} -n ${spec.namespace}\`, or let devloop do that with --force`,
    });
  }
  onLine(`${spec.name} is ${newest.status} at revision ${newest.revision}, and is continued`);
  if (deployed === undefined) {
    await helm({ args: ["uninstall", spec.name, ...at], cwd, onLine }, signal);
    return "install";
  }
  await helm({ args: ["rollback", spec.name, String(deployed.revision), ...at], cwd, onLine }, signal);
  return "upgrade";
}

/** Helm 3 starts a program; helm 4 takes the name of a plugin, which is written to a folder for this call. */
async function postRenderer(
  [program = "", ...args]: readonly string[],
  major: number,
  folder: PrivateFolder,
): Promise<{ readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> }> {
  if (major < 4) {
    if (args.length === 0) return { args: ["--post-renderer", program], env: {} };
    const script = await folder.write("post-renderer", `#!/bin/sh\nexec ${[program, ...args].map(quoted).join(" ")}\n`);
    await chmod(script, 0o700);
    return { args: ["--post-renderer", script], env: {} };
  }
  const name = "devloop-post-renderer";
  const plugin = `apiVersion: v1
type: postrenderer/v1
name: ${name}
version: 1.0.0
runtime: subprocess
runtimeConfig:
  platformCommand:
    - command: ${JSON.stringify(program)}
      args: ${JSON.stringify(args)}
`;
  await folder.write(`plugins/${name}/plugin.yaml`, plugin);
  const known = process.env.HELM_PLUGINS;
  const plugins = [join(folder.path, "plugins"), ...(known ? [known] : [])].join(
    process.platform === "win32" ? ";" : ":",
  );
  return { args: ["--post-renderer", name], env: { HELM_PLUGINS: plugins } };
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
