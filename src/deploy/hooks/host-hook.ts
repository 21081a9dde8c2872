/**
 * Runs hooks on this machine, one after another; the first failure ends the sequence. As in the reference tool: no
 * shell, a filter by system, and variables of the user's own environment are not overridden.
 */

import type { Place } from "../../diag/diagnostic.ts";
import { Failure } from "../../diag/failure.ts";
import type { Event } from "../../event/event.ts";
import { parseReference } from "../../image/reference.ts";
import type { Command } from "../../tool/process/command.ts";
import { failed, run } from "../../tool/process/run.ts";

export interface HostHook {
  /** Never empty. */
  readonly command: readonly string[];
  /** Go's names of operating systems: linux, darwin, windows. Empty: every system. */
  readonly os: readonly string[];
  /** Absolute. */
  readonly dir: string;
  readonly at: Place;
}

/** Facts for hooks, given as the reference tool's variables; absent facts are not set. */
export interface HookFacts {
  readonly defaultRepo?: string;
  readonly workDir?: string;
  readonly runId?: string;
  readonly kubeContext?: string;
  readonly namespaces?: readonly string[];
  /** For a build: the image that it makes, and its context. */
  readonly build?: { readonly reference: string; readonly push: boolean; readonly context: string };
  /** For a sync: the files and their image; paths are relative to the context. */
  readonly sync?: {
    readonly reference: string;
    readonly context: string;
    readonly files: readonly string[];
    readonly deleted: readonly string[];
  };
}

export interface HookRun {
  /** The reference tool's name: `pre-deploy`. */
  readonly name: string;
  readonly facts: HookFacts;
  /** Default: empty. */
  readonly stdin?: string;
  /** Whether the standard output is a result, so that it is not shown. */
  readonly keepsOutput?: boolean;
  emit(event: Event): void;
}

/**
 * Runs the hooks that are for this system.
 * @throws Failure at the hook's place; the signal's reason when cancelled
 */
export async function runHostHooks(hooks: readonly HostHook[], how: HookRun, signal: AbortSignal): Promise<void> {
  await oneByOne(forThisSystem(hooks), how, (hook) => runHostHook(hook, how, signal));
}

export function forThisSystem<Hook extends HostHook>(hooks: readonly Hook[]): readonly Hook[] {
  return hooks.filter(({ os }) => os.length === 0 || os.includes(systemName()));
}

/** Runs hooks of one name in order, and emits their begin and end; nothing where there are none. */
export async function oneByOne<Hook>(
  hooks: readonly Hook[],
  { name, emit }: Pick<HookRun, "name" | "emit">,
  runOne: (hook: Hook) => Promise<unknown>,
): Promise<void> {
  if (hooks.length === 0) return;
  emit({ type: "hook", name, status: "started" });
  for (const hook of hooks) await runOne(hook);
  emit({ type: "hook", name, status: "done" });
}

/** @returns the hook's standard output */
export async function runHostHook(hook: HostHook, how: HookRun, signal: AbortSignal): Promise<string> {
  const { name, emit } = how;
  const command: Command = {
    argv: hook.command as [string, ...string[]],
    cwd: hook.dir,
    env: added(hookVariables(how.facts)),
    onLine: (line, stream) => {
      if (!(how.keepsOutput && stream === "stdout")) emit({ type: "hook", name, status: "output", line });
    },
    ...(how.stdin === undefined ? {} : { stdin: how.stdin }),
  };
  const finished = await run(command, signal);
  if (finished.kind === "cancelled") throw signal.reason;
  if (finished.kind === "exited" && finished.code === 0) return finished.stdout;
  const diagnostic = failed(command, finished);
  throw new Failure({ ...diagnostic, at: hook.at, message: `the hook ${name} failed: ${diagnostic.message}` });
}

/** The variables with the facts. */
function hookVariables(facts: HookFacts): Readonly<Record<string, string>> {
  const all = {
    SKAFFOLD_DEFAULT_REPO: facts.defaultRepo,
    SKAFFOLD_WORK_DIR: facts.workDir,
    SKAFFOLD_RUN_ID: facts.runId,
    SKAFFOLD_KUBE_CONTEXT: facts.kubeContext,
    SKAFFOLD_NAMESPACES: facts.namespaces?.join(","),
    ...buildVariables(facts.build),
    ...syncVariables(facts.sync),
  };
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** The repository variable has no last part, as in the reference tool. */
function buildVariables(build: HookFacts["build"]): Readonly<Record<string, string | undefined>> {
  if (build === undefined) return {};
  const { reference, push, context } = build;
  const { written, tag } = parseReference(reference);
  return {
    SKAFFOLD_IMAGE: reference,
    SKAFFOLD_PUSH_IMAGE: String(push),
    SKAFFOLD_IMAGE_REPO: written.slice(0, Math.max(0, written.lastIndexOf("/"))),
    SKAFFOLD_IMAGE_TAG: tag,
    SKAFFOLD_BUILD_CONTEXT: context,
  };
}

function syncVariables(sync: HookFacts["sync"]): Readonly<Record<string, string>> {
  if (sync === undefined) return {};
  return {
    SKAFFOLD_IMAGE: sync.reference,
    SKAFFOLD_BUILD_CONTEXT: sync.context,
    SKAFFOLD_FILES_ADDED_OR_MODIFIED: sync.files.join(";"),
    SKAFFOLD_FILES_DELETED: sync.deleted.join(";"),
  };
}

function added(variables: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => process.env[name] === undefined));
}

function systemName(): string {
  return process.platform === "win32" ? "windows" : process.platform;
}
