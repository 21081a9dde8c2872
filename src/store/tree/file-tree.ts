/**
 * The inputs of a task as a tree of directories, with single files beside it: keys, look-ups of one path and comparisons
 * of two states use it. Two trees are equal exactly when their digests are.
 *
 *   "src"          "directory 755"
 *   "src/main.go"  "file 644 <sha256>"
 *   "src/latest"   "symlink main.go"
 *   "Dockerfile"   "content <sha256>"      a file beside the tree, under its own name
 *
 * Paths are relative, `/`-separated and NFC, so that a key depends neither on the checkout's folder nor on the Unicode
 * form of its file system. Times and owners of files are left out.
 */
import { type Digest, sha256 } from "../../std/data/digest.ts";
import { Directory, type Entry } from "./directory.ts";

/** Questions of an artifact's containers and of `why` about one state of the inputs. */
export interface PathLookup {
  /** The description of a path; undefined for one that does not count. The path may have any Unicode form. */
  at(path: string): string | undefined;
  /** Every path below a directory, `""` for all of them. */
  below(directory: string): Iterable<string>;
}

export class FileTree implements PathLookup {
  readonly digest: Digest<"tree">;
  readonly root: Directory;
  /** Files beside the tree, by names that may hold slashes. */
  readonly extra: Directory;

  constructor(root: Directory, extra: Directory = Directory.of([])) {
    this.root = root;
    this.extra = extra;
    this.digest = sha256<"tree">(`tree\0${root.digest}\0${extra.digest}`);
  }

  at(path: string): string | undefined {
    const composed = path.normalize("NFC");
    return (this.#find(composed) ?? (composed === path ? undefined : this.#find(path)))?.description;
  }

  *below(directory: string): Iterable<string> {
    const composed = directory.normalize("NFC");
    const start = composed === "" ? this.root : this.#inTree(composed)?.directory;
    if (start) yield* pathsOf(start, composed === "" ? "" : `${composed}/`);
    const prefix = composed === "" ? "" : `${composed}/`;
    for (const { name } of this.extra.entries) if (name.startsWith(prefix)) yield name;
  }

  /** Every path with its description: everything that the digest stands for. */
  *entries(): Iterable<readonly [path: string, description: string]> {
    yield* entriesOf(this.root, "");
    for (const { name, description } of this.extra.entries) yield [name, description];
  }

  #find(path: string): Entry | undefined {
    return this.#inTree(path) ?? this.extra.find(path);
  }

  #inTree(path: string): Entry | undefined {
    return entryAt(this.root, path);
  }
}

/** @param path relative to the directory, in NFC */
function entryAt(directory: Directory, path: string): Entry | undefined {
  let at: Directory | undefined = directory;
  let from = 0;
  for (let slash = path.indexOf("/"); slash >= 0; slash = path.indexOf("/", from)) {
    at = at?.find(path.slice(from, slash))?.directory;
    from = slash + 1;
  }
  return at?.find(path.slice(from));
}

/**
 * The files beside a tree as a directory of their own. A file whose name the tree has too is left out where the content
 * is the same, and is named `<name>//extra` where it differs.
 */
export function extraOf(root: Directory, found: readonly Entry[]): Directory {
  const files = new Map<string, string>();
  for (const { name, description } of found) {
    const there = entryAt(root, name)?.description ?? files.get(name);
    if (there === undefined) files.set(name, description);
    else if (lastWord(there) !== lastWord(description)) files.set(`${name}//extra`, description);
  }
  return Directory.of([...files].map(([name, description]) => ({ name, description })));
}

function lastWord(description: string): string | undefined {
  return description.split(" ").at(-1);
}

function* pathsOf(directory: Directory, prefix: string): Iterable<string> {
  for (const [path] of entriesOf(directory, prefix)) yield path;
}

function* entriesOf(directory: Directory, prefix: string): Iterable<readonly [string, string]> {
  for (const { name, description, directory: inner } of directory.entries) {
    const path = `${prefix}${name}`;
    yield [path, description];
    if (inner) yield* entriesOf(inner, `${path}/`);
  }
}
