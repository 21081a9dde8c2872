/**
 * The trees that are kept on the disk, by digest, for whoever wants to know what a recorded state was: `why`, and the next
 * session, which takes unchanged directories from there. Projects share them: equal trees are one file.
 *
 * Decides what a new tree builds on. A tree that is mostly another one's is kept as a difference to it; what it builds on
 * counts as used with it, so the collector never takes a base before what stands on it.
 */
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../../diag/failure.ts";
import { writeAtomic } from "../atomic.ts";
import type { Touch } from "../records/live.ts";
import type { Trouble } from "../trouble.ts";
import type { Directory } from "./directory.ts";
import type { FileTree } from "./file-tree.ts";
import { encodePack, Pack } from "./pack.ts";

/** The text of a directory is not what was written. The tree that it was a part of is kept no longer. */
export class LostTree extends Failure {
  constructor(dir: string) {
    super({
      severity: "error",
      message: `${dir} has lost a part of a tree that it kept`,
      suggestion: "run the command again: what is missing is read anew",
    });
  }
}

/** A difference of more than this part of its base is kept whole. */
const largestPart = 1 / 4;

interface Opened {
  readonly pack: Pack;
  readonly base: Pack | undefined;
  readonly paths: readonly string[];
}

export class Packs {
  readonly #dir: string;
  readonly #trouble: Trouble;
  readonly #touch: Touch;
  readonly #opened = new Map<string, Opened>();
  readonly #saved = new Set<string>();

  constructor(dir: string, trouble: Trouble, touch: Touch) {
    this.#dir = dir;
    this.#trouble = trouble;
    this.#touch = touch;
  }

  /** A tree whose directories are read when they are looked into. Undefined where it is not kept, or not whole. */
  find(digest: string): FileTree | undefined {
    const opened = this.#open(digest);
    return opened?.pack.tree(this.#readerOf(opened));
  }

  /** A directory of a kept tree. */
  reader(digest: string): ((directory: string) => string) | undefined {
    const opened = this.#open(digest);
    return opened && this.#readerOf(opened);
  }

  /** @returns whether it is kept now. Never throws for a cache that cannot be written. */
  async save(tree: FileTree): Promise<boolean> {
    if (this.#saved.has(tree.digest) || this.#open(tree.digest)) return true;
    const [base, texts] = this.#difference(tree) ?? [undefined, textsOf(tree, undefined, Infinity) ?? new Map()];
    const path = join(this.#dir, nameOf(tree.digest, base));
    const written = await this.#trouble.attempt(path, () =>
      writeAtomic(path, encodePack(tree, base, texts), { flush: false }),
    );
    if (written) this.#saved.add(tree.digest);
    // What comes next builds on it.
    if (written && base === undefined) this.#open(tree.digest);
    return written;
  }

  close(): void {
    for (const { pack, base } of this.#opened.values()) {
      pack.close();
      base?.close();
    }
    this.#opened.clear();
  }

  #readerOf({ pack, base, paths }: Opened): (directory: string) => string {
    return (directory) => {
      const text = pack.text(directory) ?? base?.text(directory);
      if (text !== undefined) return text;
      for (const path of paths) rmSync(path, { force: true });
      throw new LostTree(this.#dir);
    };
  }

  /** The base that the tree shares most with, and what it lacks of it. */
  #difference(tree: FileTree): readonly [base: string, texts: ReadonlyMap<string, string>] | undefined {
    for (const [digest, { pack, base }] of [...this.#opened].reverse()) {
      const on = base ?? pack;
      const texts = textsOf(tree, on, on.bytes * largestPart);
      if (texts) return [pack.base ?? digest, texts];
    }
    return undefined;
  }

  #open(digest: string): Opened | undefined {
    const known = this.#opened.get(digest);
    if (known) return known;
    const name = filesOf(this.#dir).find((each) => each.startsWith(digest));
    const path = name && join(this.#dir, name);
    const pack = path && Pack.open(path);
    if (!pack) return undefined;
    const basePath = pack.base && join(this.#dir, nameOf(pack.base, undefined));
    const base = basePath ? Pack.open(basePath) : undefined;
    if (pack.base !== undefined && base === undefined) {
      pack.close();
      return undefined;
    }
    const opened: Opened = { pack, base, paths: basePath ? [path, basePath] : [path] };
    for (const each of opened.paths) this.#touch(each);
    this.#opened.set(digest, opened);
    return opened;
  }
}

function nameOf(tree: string, base: string | undefined): string {
  return base === undefined ? tree : `${tree}.${base}`;
}

/** The texts of the directories that the base lacks; undefined where they are more than `most` bytes. */
function textsOf(tree: FileTree, base: Pack | undefined, most: number): ReadonlyMap<string, string> | undefined {
  const texts = new Map<string, string>();
  const stack: Directory[] = [tree.root, tree.extra];
  let bytes = 0;
  for (let each = stack.pop(); each; each = stack.pop()) {
    if (texts.has(each.digest) || base?.has(each.digest)) continue;
    const { text } = each;
    bytes += text.length;
    if (bytes > most) return undefined;
    texts.set(each.digest, text);
    for (const { directory } of each.entries) if (directory) stack.push(directory);
  }
  return texts;
}

function filesOf(dir: string): readonly string[] {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
}
