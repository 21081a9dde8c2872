/**
 * The inputs of resolving a module besides its tree: the base of relative paths, the environment for templates, and the
 * receiver of diagnostics.
 */
import { type Stats, statSync } from "node:fs";
import { isAbsolute, join, normalize } from "node:path";
import { Failure } from "../../diag/failure.ts";
import type { Environment } from "../environment.ts";
import type { Report } from "../schema/report.ts";
import { checkTemplated, expandTemplated, templated } from "../templated.ts";
import type { ScalarNode } from "../yaml/tree.ts";

export interface Scope {
  /** The base of relative paths: the file's folder for a required config, else the folder where devloop was started. */
  readonly directory: string;
  readonly cwd: string;
  readonly home: string;
  readonly environment: Environment;
  readonly files: FileChecks;
  readonly report: Report;
  /** Whether a template that cannot be expanded stays as it is written. */
  readonly keepsTemplates: boolean;
  /** Whether the run has this one module only: only then are a renderer and a deployer implied. */
  readonly alone: boolean;
}

export interface FileChecks {
  isFile(path: string): boolean;
  isDirectory(path: string): boolean;
}

/** A path that cannot be read (no permission, an invalid path) counts as missing. */
export const realFiles: FileChecks = {
  isFile: (path) => look(path)?.isFile() ?? false,
  isDirectory: (path) => look(path)?.isDirectory() ?? false,
};

function look(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** True for `https://...`, `gs://...`: a text that is never joined to a folder. */
export function isAddress(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(text);
}

/** The path, absolute and normalized; `~/` is the home directory. Addresses stay as they are. */
export function absolutePath(text: string, base: string, home: string): string {
  if (isAddress(text)) return text;
  if (text === "~" || text.startsWith("~/")) return join(home, text.slice(1));
  const path = isAbsolute(text) ? normalize(text) : join(base, text);
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}

/** Expands a template that needs no image. undefined after a diagnostic was reported. */
export function expandNow(node: ScalarNode, missing: "print" | "error", scope: Scope): string | undefined {
  if (!node.text.includes("{{")) return node.text;
  const { environment, keepsTemplates, report } = scope;
  const template = templated(node, missing);
  try {
    return expandTemplated(template, {}, environment);
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    // For a template that stays as written, only errors of the template itself are reported.
    const slip = keepsTemplates ? checkTemplated(template, environment) : undefined;
    for (const diagnostic of keepsTemplates ? (slip ? [slip] : []) : thrown.diagnostics) report(diagnostic);
    return keepsTemplates ? node.text : undefined;
  }
}
