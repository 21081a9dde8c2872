/**
 * What resolving a module needs beside its tree: what its paths are relative to, the environment for its templates, and
 * where complaints go.
 */
import { type Stats, statSync } from "node:fs";
import { isAbsolute, join, normalize } from "node:path";
import { Failure } from "../../diag/failure.ts";
import type { Environment } from "../environment.ts";
import type { Report } from "../schema/report.ts";
import { checkTemplated, expandTemplated, templated } from "../templated.ts";
import type { ScalarNode } from "../yaml/tree.ts";

export interface Scope {
  /** What relative paths are relative to: the file's folder for a required config, else where devloop was started. */
  readonly directory: string;
  readonly cwd: string;
  readonly home: string;
  readonly environment: Environment;
  readonly files: FileLook;
  readonly report: Report;
  /** Whether a template that cannot be expanded stays as it is written. */
  readonly keepsTemplates: boolean;
  /** Whether the whole run is this one module: only then are a renderer and a deployer implied. */
  readonly alone: boolean;
}

export interface FileLook {
  isFile(path: string): boolean;
  isDirectory(path: string): boolean;
}

/** What cannot be looked at (no permission, a path that can be none) is not there. */
export const realFiles: FileLook = {
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

/** `https://...`, `gs://...`: nothing that a folder can be put before. */
export function isAddress(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(text);
}

/** Absolute and normal; `~/` is the home directory. Addresses stay as they are. */
export function absolutePath(text: string, base: string, home: string): string {
  if (isAddress(text)) return text;
  if (text === "~" || text.startsWith("~/")) return join(home, text.slice(1));
  const path = isAbsolute(text) ? normalize(text) : join(base, text);
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}

/** A template that needs no image: expanded at once. undefined after a complaint. */
export function expandNow(node: ScalarNode, missing: "print" | "error", scope: Scope): string | undefined {
  if (!node.text.includes("{{")) return node.text;
  const { environment, keepsTemplates, report } = scope;
  const template = templated(node, missing);
  try {
    return expandTemplated(template, {}, environment);
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    // Of a template that stays, only what is wrong with the template itself is told.
    const slip = keepsTemplates ? checkTemplated(template, environment) : undefined;
    for (const diagnostic of keepsTemplates ? (slip ? [slip] : []) : thrown.diagnostics) report(diagnostic);
    return keepsTemplates ? node.text : undefined;
  }
}
