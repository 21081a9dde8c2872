/**
 * Stored trees by digest. `why` compares them, and the next session takes unchanged directories from them. Projects
 * share them: equal trees are one file.
 * Decides the base of a new tree. A tree that is mostly equal to a stored one is stored as a difference to it; a use of
 * it also counts as a use of its base, so that the collector never removes a base before a tree that needs it.
 */
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../../diag/failure.ts";
import { writeAtomic } from "../atomic.ts";
import type { Touch } from "../records/active.ts";
import type { Trouble } from "../trouble.ts";
import type { Directory } from "./directory.ts";
import type { FileTree } from "./file-tree.ts";
import { encodePack, Pack } from "./pack.ts";

/** A directory's text in a pack is missing or damaged. The tree is then no longer stored. */
export class LostTree extends Failure {
  constructor(dir: string) {
    super({
      severity: "error",
      message: `${dir} has lost a part of a tree that it kept`,
      suggestion: "run the command again: missing data is read again",
    });
  }
}

/** A difference larger than this part of its base is stored as a whole tree. */
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

  /** A tree whose directories are read when they are needed. Undefined where it is not stored, or not complete. */
  find(digest: string): FileTree | undefined {
    const opened = this.#open(digest);
    return opened?.pack.tree(this.#readerOf(opened));
  }

  /** A function that reads directories of a stored tree. */
  reader(digest: string): ((directory: string) => string) | undefined {
    const opened = this.#open(digest);
    return opened && this.#readerOf(opened);
  }

  /** @returns whether the tree is stored now. Never throws for a cache that cannot be written. */
  async save(tree: FileTree): Promise<boolean> {
    if (this.#saved.has(tree.digest) || this.#open(tree.digest)) return true;
    const [base, texts] = this.#difference(tree) ?? [undefined, textsOf(tree, undefined, Infinity) ?? new Map()];
    const path = join(this.#dir, nameOf(tree.digest, base));
    const written = await this.#trouble.attempt(path, () =>
      writeAtomic(path, encodePack(tree, base, texts), { flush: false }),
    );
    if (written) this.#saved.add(tree.digest);
    // The next tree may use this one as its base.
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

  /** The base with the most in common with the tree, and the texts that the base lacks. */
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

/** The texts of the directories that the base lacks; undefined where they are larger than `most` bytes. */
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
