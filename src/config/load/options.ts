/** The inputs of loading a project, and the functions that it may call beyond reading files. */
import type { NamedFiles } from "../check/files.ts";
import type { FileChecks } from "../resolve/scope.ts";

export interface LoadOptions {
  /** Absolute path of the folder where devloop was started. */
  readonly cwd: string;
  /** The value of `--filename`: a path, an address, `-`. Absent: one of the usual names in `cwd`. */
  readonly file?: string;
  /** The text of standard input, for `-`. */
  readonly text?: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The command, for profiles that depend on it: dev, run, build, ... */
  readonly command: string;
  /** From `--profile`, in order; a leading dash switches a profile off. */
  readonly profiles?: readonly string[];
  /** Whether profiles may be activated by their conditions. Default true. */
  readonly autoActivation?: boolean;
  /** Whether `profiles` also hold for required configs. Default true. */
  readonly propagateProfiles?: boolean;
  /** From `--module`: only these modules and those that they require. Empty: all. */
  readonly modules?: readonly string[];
  /** From `--kube-context`: profiles are activated for this context, and it overrides the context of the config. */
  readonly kubeContext?: string;
  /** The kubeconfig's current context; called only when a profile depends on it. */
  currentContext?(): string | Promise<string>;
  /** The folder of a clone of the repository at the ref, updated as `sync` says. @throws Failure */
  fetchGit?(request: GitRequest, signal: AbortSignal): Promise<string>;
  /** The text of a file that is open in an editor and not saved yet. */
  openText?(path: string): string | undefined;
  /** Fetches the text at an address. @throws Failure */
  fetchText?(address: string, signal: AbortSignal): Promise<string>;
  /** The trimmed output of a command, for templates that call `cmd`. @throws Error with the reason */
  runCommand?(argv: readonly string[]): string;
  /** Files that an artifact's builder section names. Default: none. */
  readonly namedFiles?: NamedFiles;
  /** Whether files that the config names must exist. Default true. */
  readonly checkFiles?: boolean;
  /**
   * Whether the command builds or deploys. Default true: settings that devloop does not support yet are refused. False:
   * they are only warned about, for commands that show or edit the config.
   */
  readonly acting?: boolean;
  /**
   * Whether the configuration is only shown or edited as written. A template with unset variables then stays as it is,
   * and problems that concern only building or deploying (a missing key, an invalid image name) are warnings.
   */
  readonly asWritten?: boolean;
  /** Replaces the file system in tests. */
  readonly files?: FileChecks;
  readonly signal: AbortSignal;
}

export interface GitRequest {
  readonly repo: string;
  /** Branch, tag or commit. Absent: `master` where it exists, else `main`. */
  readonly ref?: string;
  /** Whether the config wants an existing clone updated. Absent: as the command line says. */
  readonly sync?: boolean;
}

export const configNames = ["skaffold.yaml", "skaffold.yml", "devloop.yaml"] as const;
