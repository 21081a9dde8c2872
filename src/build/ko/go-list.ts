/**
 * Asks `go list` for a program's files: the files and embedded files of every package in the main module, in modules of
 * the workspace and in modules that a local folder replaces. Packages of released modules are identified by go.sum.
 */
import { join } from "node:path";
import { Failure } from "../../diag/failure.ts";
import type { EnvDelta } from "../../tool/process/command.ts";
import { failed, run } from "../../tool/process/run.ts";

export interface GoQuestion {
  /** Absolute. */
  readonly directory: string;
  readonly main: string;
  readonly flags: readonly string[];
  readonly env: EnvDelta;
}

export interface GoPackage {
  /** Absolute. */
  readonly directory: string;
  /** Names of the files that are compiled or embedded, relative to the directory. */
  readonly files: readonly string[];
  readonly embeds: readonly string[];
}

export interface GoAnswer {
  /** Absolute path of the main package's folder. */
  readonly main: string;
  readonly packages: readonly GoPackage[];
  /** Absolute paths of the go.mod files of these packages. */
  readonly modules: readonly string[];
  /** True where an import was not found, so that the answer may change without a change of these files. */
  readonly incomplete: boolean;
}

const fileKinds = [
  "GoFiles",
  "CgoFiles",
  "CFiles",
  "CXXFiles",
  "MFiles",
  "HFiles",
  "FFiles",
  "SFiles",
  "SwigFiles",
  "SwigCXXFiles",
  "SysoFiles",
  "EmbedFiles",
] as const;

interface Raw extends Partial<Record<(typeof fileKinds)[number] | "EmbedPatterns", readonly string[]>> {
  readonly Dir?: string;
  readonly Standard?: boolean;
  readonly Incomplete?: boolean;
  readonly Module?: {
    readonly Main?: boolean;
    readonly GoMod?: string;
    readonly Replace?: { readonly Version?: string; readonly GoMod?: string };
  };
}

/** @throws Failure where go is missing or fails; the signal's reason */
export async function goList(question: GoQuestion, image: string, signal: AbortSignal): Promise<GoAnswer> {
  const fields = ["Dir", "Standard", "Incomplete", "Module", "EmbedPatterns", ...fileKinds].join(",");
  const argv = ["go", "list", "-deps", "-e", `-json=${fields}`, ...question.flags, question.main] as const;
  const command = { argv: [...argv] as [string, ...string[]], cwd: question.directory, env: question.env };
  const finished = await run({ ...command, captureBytes: 256 << 20 }, signal);
  if (finished.kind === "cancelled") throw signal.reason;
  if (finished.kind !== "exited" || finished.code !== 0)
    throw new Failure(failed(command, finished, `cannot tell the Go files of ${image}`));
  const all = objectsOf(finished.stdout) as Raw[];
  const local = all.filter(isLocal);
  return {
    main: all.at(-1)?.Dir ?? join(question.directory, question.main),
    packages: local.map((one) => ({
      directory: one.Dir ?? "",
      files: fileKinds.flatMap((kind) => one[kind] ?? []),
      embeds: one.EmbedPatterns ?? [],
    })),
    modules: [...new Set(local.flatMap(({ Module }) => Module?.Replace?.GoMod ?? Module?.GoMod ?? []))],
    incomplete: all.some(({ Incomplete }) => Incomplete === true),
  };
}

/** Whether the package's files are in the workspace. A vendored package lies in the main module and counts. */
function isLocal({ Dir, Standard, Module }: Raw): boolean {
  if (Dir === undefined || Standard) return false;
  if (Module === undefined || Module.Main) return true;
  if (Module.Replace && !Module.Replace.Version) return true;
  return Dir.includes("/vendor/");
}

/** The objects in the output of `go list -json`: each ends with a brace at the begin of a line. */
function objectsOf(text: string): unknown[] {
  return text
    .split(/^\}$/m)
    .filter((part) => part.trim() !== "")
    .map((part) => JSON.parse(`${part}}`));
}
