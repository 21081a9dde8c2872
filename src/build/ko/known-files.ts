/**
 * An answer of `go list` that is kept between starts together with what it depends on: the names in every folder of a
 * package, the head of every Go file (its constraints, imports and embeds), and the module files. While these are
 * unchanged, so is the answer, and no process is started. A file with an unchanged status is not read.
 */
import { type BigIntStats, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { sha256 } from "../../std/data/digest.ts";
import type { GoAnswer } from "./go-list.ts";

export interface KnownFiles {
  readonly format: number;
  /** The question, and the version of Go. */
  readonly question: string;
  readonly answer: GoAnswer;
  /** Folder -> digest of the names in it. */
  readonly folders: Readonly<Record<string, string>>;
  /** File -> its status, and the digest of the part that the answer depends on. */
  readonly heads: Readonly<Record<string, readonly [stamp: string, head: string]>>;
}

const format = 1;

/** Comments and texts, so that a directive inside of another token does not count. */
const tokens = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|`[^`]*`|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g;

/** Records what an answer depends on. */
export function knownFrom(question: string, answer: GoAnswer): KnownFiles {
  const folders = Object.fromEntries(foldersOf(answer).map((folder) => [folder, namesIn(folder)]));
  const heads = Object.fromEntries(headed(answer).map((file) => [file, [stampOf(file), headOf(file)] as const]));
  return { format, question, answer, folders, heads };
}

/** The record with newer statuses where the answer is still valid; undefined where it may not be. */
export function stillKnown(known: KnownFiles | undefined, question: string): KnownFiles | undefined {
  if (known?.format !== format || known.question !== question) return undefined;
  for (const [folder, names] of Object.entries(known.folders)) if (namesIn(folder) !== names) return undefined;
  let same = true;
  const heads: Record<string, readonly [string, string]> = {};
  for (const [file, [stamp, head]] of Object.entries(known.heads)) {
    const now = stampOf(file);
    if (now !== stamp && headOf(file) !== head) return undefined;
    same &&= now === stamp;
    heads[file] = [now, head];
  }
  return same ? known : { ...known, heads };
}

/**
 * The Go files and the module files, including ones that may be created later: go.sum, and a workspace file in or above
 * the module's folder.
 */
function headed({ packages, modules }: GoAnswer): string[] {
  const sources = packages.flatMap(({ directory, files }) =>
    files.filter((name) => name.endsWith(".go") && !name.includes("/")).map((name) => join(directory, name)),
  );
  return [...new Set([...sources, ...moduleFiles(modules)])];
}

/**
 * go.mod, go.sum and the list of vendored modules of each, and the workspace files of the folders above, existing or
 * not.
 */
export function moduleFiles(modules: readonly string[]): string[] {
  const roots = modules.map((file) => dirname(file));
  const above = new Set(roots.flatMap((root) => [...ancestors(root)]));
  return [
    ...roots.flatMap((root) => [join(root, "go.mod"), join(root, "go.sum"), join(root, "vendor/modules.txt")]),
    ...[...above].flatMap((folder) => [join(folder, "go.work"), join(folder, "go.work.sum")]),
  ];
}

function* ancestors(folder: string): Generator<string> {
  for (let at = folder; ; at = dirname(at)) {
    yield at;
    if (at === dirname(at)) return;
  }
}

/** Folders of packages, and folders that they embed from with everything below. */
function foldersOf({ packages }: GoAnswer): string[] {
  const embedded = packages.flatMap(({ directory, embeds }) =>
    embeds
      .map((pattern) => pattern.replace(/^all:/, "").split("/")[0] ?? "")
      .filter((name) => !/[*?[\\]/.test(name))
      .flatMap((name) => foldersBelow(join(directory, name))),
  );
  const wild = packages
    .filter(({ embeds }) => embeds.some((pattern) => /^(all:)?[^/]*[*?[\\][^/]*/.test(pattern)))
    .flatMap(({ directory }) => foldersBelow(directory));
  return [...new Set([...packages.map(({ directory }) => directory), ...embedded, ...wild])];
}

function foldersBelow(folder: string): string[] {
  const inner = entriesOf(folder)?.filter((entry) => entry.isDirectory()) ?? [];
  return entriesOf(folder) ? [folder, ...inner.flatMap(({ name }) => foldersBelow(join(folder, name)))] : [];
}

/** Names without test files, which are no part of a program. */
function namesIn(folder: string): string {
  const names = entriesOf(folder)?.map((entry) => entry.name + (entry.isDirectory() ? "/" : ""));
  return names ? sha256(JSON.stringify(names.filter((name) => !name.endsWith("_test.go")).sort())) : "none";
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return undefined;
  }
}

function stampOf(file: string): string {
  const stat: BigIntStats | undefined = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat ? `${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}` : "none";
}

/**
 * The part of a file that the answer depends on. In a Go file every import comes before the first declaration, and
 * directives may stand anywhere; a module file counts as a whole.
 */
function headOf(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return "none";
  }
  if (!file.endsWith(".go")) return sha256(text);
  const plain = text.replace(tokens, (token) => (token.startsWith("/") ? "" : token));
  const end = plain.search(/^(func|type|var|const)\b/m);
  const directives = text.split("\n").filter((line) => /^\/\/(go:|\s*\+build)/.test(line));
  return sha256(JSON.stringify([end < 0 ? plain : plain.slice(0, end), directives]));
}
