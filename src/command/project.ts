/**
 * Loads the project as the command line asks for it. Diagnostics are shown before anything else happens; one error ends
 * the command. The functions that loading needs beyond reading files (asking git, fetching, running a command) are
 * given here.
 */

import { homedir } from "node:os";
import { join } from "node:path";
import { namedFiles } from "../build/builders.ts";
import { currentContext } from "../cluster/connect/kubeconfig.ts";
import type { Environment } from "../config/environment.ts";
import type { Loaded } from "../config/load/load.ts";
import { loadProject } from "../config/load/load.ts";
import type { LoadOptions } from "../config/load/options.ts";
import { RefusedConfig } from "../config/load/refused.ts";
import type { Project } from "../config/project.ts";
import { shared } from "../std/async/shared.ts";
import { fetchText } from "../std/fetch-text.ts";
import { repositoryFolder, type SyncMode } from "../tool/git/git-repository.ts";
import { runCommandNow } from "../tool/process/run-now.ts";
import type { Invocation } from "./command.ts";
import { complain } from "./complain.ts";
import type { FlagValues } from "./flags.ts";

export interface OpenProject {
  readonly project: Project;
  /** The environment for templates that are expanded later. */
  readonly environment: Environment;
  /** The kubeconfig's current context, where some modules name a context and others do not. */
  readonly currentContext?: string | undefined;
}

/** @throws RefusedConfig with every error of every file at once; warnings and hints are shown */
export async function openProject(invocation: Invocation): Promise<OpenProject> {
  const { project, environment, diagnostics } = await opened(invocation, {});
  complain(invocation, diagnostics);
  const { flags, env } = invocation;
  const contexts = new Set(project.modules.map(({ deploy }) => deploy.kubeContext));
  if (contexts.size < 2 || !contexts.has(undefined) || flags.given("kube-context")) return { project, environment };
  return { project, environment, currentContext: await currentContext(flags.text("kubeconfig"), env) };
}

/** As `openProject`, for commands that neither build nor deploy: problems that concern only those are no errors. */
export async function openToRead(invocation: Invocation): Promise<Loaded & OpenProject> {
  const loaded = await opened(invocation, { acting: false, asWritten: true });
  complain(invocation, loaded.diagnostics);
  return loaded;
}

/**
 * As `openToRead`, for commands that only read the configuration: files that it names may be missing, and no diagnostic
 * is shown.
 */
export function loadToRead(invocation: Invocation): Promise<Loaded & OpenProject> {
  return opened(invocation, { acting: false, asWritten: true, checkFiles: false });
}

/** As `loadToRead`, without any profile: for commands that edit files, and for lists of what is written. */
export function loadWritten(invocation: Invocation): Promise<Loaded & OpenProject> {
  return opened(invocation, { acting: false, asWritten: true, checkFiles: false, profiles: [], autoActivation: false });
}

/** Loads without output and without throwing; its signal may cancel it. */
export async function loadQuietly(invocation: Invocation, further: Partial<LoadOptions>): Promise<Loaded> {
  return loadProject({ ...(await loadOptions(invocation)), acting: false, ...further });
}

async function opened(invocation: Invocation, further: Partial<LoadOptions>): Promise<Loaded & OpenProject> {
  const loaded = await loadProject({ ...(await loadOptions(invocation)), ...further });
  const { project, diagnostics } = loaded;
  const [first, ...more] = diagnostics.filter(({ severity }) => severity === "error");
  if (first) throw new RefusedConfig(loaded.files, first, ...more);
  if (!project) throw new Error("neither a project nor an error");
  return { ...loaded, project };
}

/** Standard input can be read only once, but a session reads its configuration again. */
const standardInput = shared(() => Bun.stdin.text());

async function loadOptions({ flags, env, cwd, command, signal }: Invocation): Promise<LoadOptions> {
  const file = flags.text("filename");
  const kubeContext = flags.text("kube-context");
  const cacheDir = flags.text("remote-cache-dir") ?? join(env.HOME ?? homedir(), ".skaffold", "repos");
  const mode = (flags.text("sync-remote-cache") ?? "always") as SyncMode;
  return {
    cwd,
    environment: env,
    command,
    signal,
    profiles: flags.list("profile"),
    modules: flags.list("module"),
    autoActivation: flags.bool("profile-auto-activation"),
    propagateProfiles: flags.bool("propagate-profiles"),
    ...(file === undefined ? {} : { file }),
    ...(file === "-" ? { text: await standardInput.get() } : {}),
    ...(kubeContext === undefined ? {} : { kubeContext }),
    currentContext: async () => (await currentContext(flags.text("kubeconfig"), env)) ?? "",
    runCommand: (argv) => runCommandNow(argv, env),
    checkFiles: readsSources(command, flags),
    namedFiles,
    fetchText,
    fetchGit: (request, during) => repositoryFolder(request, cacheDir, mode, during),
  };
}

/** Whether the command needs the sources; deploying or rendering given images, cleaning up and `why` work without. */
function readsSources(command: string, flags: FlagValues): boolean {
  const given = command === "deploy" || command === "render" ? ["build-artifacts", "images"] : [];
  if ([...given, ...(command === "deploy" ? ["tag"] : [])].some((flag) => flags.given(flag))) return false;
  return command !== "delete" && command !== "why";
}
