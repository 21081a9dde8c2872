/**
 * The files of named contexts as inputs: every existing file counts by its content under the context's name. Which of
 * them the build reads, and ignore files in them, are not taken into account, because an extra input only costs a
 * build, while a missing one gives a wrong image.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Diagnostic } from "../../../diag/diagnostic.ts";
import { fullName, readReference } from "../../../image/reference.ts";
import type { NamedContext } from "../cli-flags.ts";

/** More files than this do not count, and a warning says so. */
const most = 20_000;

/** The files, with the directories themselves, so that a later file counts, too. */
export interface NamedFiles {
  readonly trees: readonly { readonly name: string; readonly root: string }[];
  readonly extra: readonly { readonly name: string; readonly path: string }[];
  readonly notices: readonly Diagnostic[];
}

export async function filesOfContexts(contexts: readonly NamedContext[]): Promise<NamedFiles> {
  const extra: { name: string; path: string }[] = [];
  const notices: Diagnostic[] = [];
  const local = contexts.flatMap(({ name, path }) => (path === undefined ? [] : [{ name, path }]));
  for (const { name, path } of local) {
    const before = extra.length;
    await walk(path, `${name}:`, extra, before + most);
    if (extra.length >= before + most) notices.push(tooMany(name, path));
  }
  return { trees: local.map(({ name, path }) => ({ name, root: path })), extra, notices };
}

/** The images that the builder requests: a named context replaces the image of the same name. */
export function namedImages(names: readonly string[], contexts: readonly NamedContext[]): string[] {
  return names.flatMap((name) => {
    const context = contexts.findLast((one) => isSame(one.name, name));
    return context === undefined ? [name] : (context.image ?? []);
  });
}

/** Whether two names are equal, with defaults (registry, tag) filled in, as for the builder. */
function isSame(one: string, other: string): boolean {
  const [a, b] = [readReference(one), readReference(other)];
  return one === other || (typeof a !== "string" && typeof b !== "string" && fullName(a) === fullName(b));
}

async function walk(
  folder: string,
  prefix: string,
  extra: { name: string; path: string }[],
  limit: number,
): Promise<void> {
  // A missing folder is reported by the client.
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (extra.length >= limit) return;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await walk(path, `${prefix}${entry.name}/`, extra, limit);
    else extra.push({ name: prefix + entry.name, path });
  }
}

function tooMany(name: string, path: string): Diagnostic {
  return {
    severity: "warning",
    message: `the build context ${name} (${path}) has more than ${most} files: changes behind them are not seen`,
    suggestion: "give --build-context a smaller directory",
  };
}
