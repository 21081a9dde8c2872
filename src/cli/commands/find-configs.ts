/**
 * `devloop find-configs`: every config below a folder, with its version. Files that are no configs (no YAML, no
 * apiVersion of the language) are left out; folders without sources of the user's own are not entered.
 */

import { type Dirent, readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import type { Run } from "../../command/command.ts";
import { versionOf } from "../../config/upgrade/versions.ts";
import { exitCode } from "../../diag/exit.ts";
import { Failure } from "../../diag/failure.ts";
import { fileErrorWords } from "../../std/file-error.ts";
import { visible, visibleJson } from "../../std/text/visible.ts";

export const run: Run = async ({ flags, cwd, stdout, signal }) => {
  const folder = resolve(cwd, flags.text("directory") ?? ".");
  const found: [path: string, version: string][] = [];
  for (const path of yamlFiles(folder, signal)) {
    const version = apiVersionOf(path);
    if (version !== undefined) found.push([relative(cwd, path) || path, version]);
  }
  if (flags.text("output") === "json") stdout.write(`${visibleJson(JSON.stringify(Object.fromEntries(found)))}\n`);
  else {
    const shown = found.map(([path, version]) => [visible(path), version] as const);
    const width = Math.max("CONFIG".length, ...shown.map(([path]) => path.length)) + 2;
    const rows = [["CONFIG", "VERSION"] as const, ...shown];
    stdout.write(rows.map(([path, version]) => `${path.padEnd(width)}${version}\n`).join(""));
  }
  return exitCode.ok;
};

const notEntered: ReadonlySet<string> = new Set(["node_modules", ".git", "vendor", ".venv"]);

/**
 * Sorted by path.
 * @throws Failure where the folder itself cannot be read
 */
function* yamlFiles(folder: string, signal: AbortSignal): Generator<string> {
  for (const entry of entriesOf(folder)) {
    signal.throwIfAborted();
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !notEntered.has(entry.name)) {
      try {
        yield* yamlFiles(path, signal);
      } catch (thrown) {
        // A folder below that cannot be read does not stop the search.
        if (!(thrown instanceof Failure)) throw thrown;
      }
    } else if (entry.isFile() && /\.ya?ml$/.test(entry.name)) yield path;
  }
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (cause) {
    throw new Failure(`cannot read ${folder}: ${fileErrorWords(cause)}`);
  }
}

/** The apiVersion of the first document, where it is one of the language; read without parsing the whole file. */
function apiVersionOf(path: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
  const written = /^(?:apiVersion|"apiVersion"|'apiVersion'):[ \t]*["']?(skaffold\/\w+)["']?[ \t]*(?:#.*)?\r?$/m.exec(
    text,
  );
  return written?.[1] !== undefined && versionOf(written[1]) !== undefined ? written[1] : undefined;
}
