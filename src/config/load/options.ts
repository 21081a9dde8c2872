/** What loading a project is told, and what it may do beyond reading files. */
import type { NamedFiles } from "../check/files.ts";
import type { FileLook } from "../resolve/scope.ts";

export interface LoadOptions {
  /** Absolute; where devloop was started. */
  readonly cwd: string;
  /** As `--filename` has it: a path, an address, `-`. Absent: one of the usual names in `cwd`. */
  readonly file?: string;
  /** The text of standard input, for `-`. */
  readonly text?: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** For profiles that depend on it: dev, run, build, ... */
  readonly command: string;
  /** From `--profile`, in order; a leading dash switches one off. */
  readonly profiles?: readonly string[];
  /** Whether profiles may activate themselves. Default true. */
  readonly autoActivation?: boolean;
  /** Whether `profiles` also hold for required configs. Default true. */
  readonly propagateProfiles?: boolean;
  /** From `--module`: only these and what they require. Empty: all. */
  readonly modules?: readonly string[];
  /** From `--kube-context`: then profiles see this one, and a config that says otherwise is overruled. */
  readonly kubeContext?: string;
  /** The kubeconfig's current context; asked only when a profile depends on it. */
  currentContext?(): string | Promise<string>;
  /** A clone of the repository at the ref, up to date as `sync` says; its folder. @throws Failure */
  fetchGit?(request: GitRequest, signal: AbortSignal): Promise<string>;
  /** The text of a file that is open in an editor and not saved yet. */
  openText?(path: string): string | undefined;
  /** The text behind an address. @throws Failure */
  fetchText?(address: string, signal: AbortSignal): Promise<string>;
  /** The trimmed output of a command, for templates that call `cmd`. @throws Error with the reason */
  runCommand?(argv: readonly string[]): string;
  /** Files that the section of an artifact's builder names. Default: none. */
  readonly namedFiles?: NamedFiles;
  /** Whether files that the config names have to be there. Default true. */
  readonly checkFiles?: boolean;
  /**
   * Whether something will be built or deployed. Default true: what devloop cannot do yet is refused. False: it is only
   * warned about, for commands that show or edit.
   */
  readonly acting?: boolean;
  /**
   * Whether the configuration is only shown or edited as it is written. Then a template whose variables are not set
   * stays as it is, and what only acting needs (a key that is missing, an image name that is none) is a warning.
   */
  readonly asWritten?: boolean;
  /** For tests. */
  readonly files?: FileLook;
  readonly signal: AbortSignal;
}

export interface GitRequest {
  readonly repo: string;
  /** Branch, tag or commit. Absent: `master` where there is one, else `main`. */
  readonly ref?: string;
  /** What the config says about updating a clone that is there. Absent: as the command line says. */
  readonly sync?: boolean;
}

export const configNames = ["skaffold.yaml", "skaffold.yml", "devloop.yaml"] as const;
