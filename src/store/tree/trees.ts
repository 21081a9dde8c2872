/**
 * The trees of one process: what the last look at each found, the index of their files, and what is kept of them on the
 * disk. A look goes on from the one before it, in this session or an earlier one. All is saved when the session ends, and
 * at once after a look that read much: a killed process then costs only what it read last.
 */
import { join } from "node:path";
import type { Change } from "../../event/event.ts";
import { systemClock } from "../../std/clock.ts";
import { sha256 } from "../../std/data/digest.ts";
import { writeAtomic } from "../atomic.ts";
import { FileIndex } from "../files/file-index.ts";
import type { Sources } from "../files/sources.ts";
import type { Touch } from "../records/live.ts";
import type { Trouble } from "../trouble.ts";
import type { KnownBeside } from "./beside.ts";
import { compareTrees } from "./compare.ts";
import type { FileTree } from "./file-tree.ts";
import { encodeKnown, KnownDirectories } from "./known.ts";
import { type Look, type LookContext, lookAtAll } from "./look.ts";
import { LostTree, Packs } from "./packs.ts";
import { turns } from "./turns.ts";
import { update } from "./update.ts";
import type { Known } from "./walk.ts";

/** What a look goes on from, when it is known what changed since. */
export interface Since {
  readonly look: Look;
  /** Absolute paths: every one that changed, or a directory above it. */
  readonly changed: Iterable<string>;
}

const worthSaving = 500;
const dayMs = 24 * 60 * 60 * 1000;
/** Everything is looked up by itself once in so many days, so that the index knows which of its rows are of use. */
const knownDays = 7;
/** So many names of trees that nobody holds any more do no harm. */
const smallest = 256;

export interface TreeOptions {
  readonly dirs: { readonly index: string; readonly trees: string };
  /** What another program has left of its judgement is not taken over. */
  readonly program: string;
  readonly trouble: Trouble;
  readonly touch: Touch;
}

/** One root with one selection. */
interface Place {
  readonly path: string;
  known: KnownDirectories | undefined;
  last: Look | undefined;
  unsaved: boolean;
}

export class Trees {
  readonly #indexDir: string;
  readonly #program: string;
  readonly #trouble: Trouble;
  readonly #touch: Touch;
  readonly #packs: Packs;
  readonly #indexes = new Map<string, FileIndex>();
  readonly #places = new Map<string, Place>();
  /** Every tree of this session that somebody still holds. */
  readonly #trees = new Map<string, WeakRef<FileTree>>();
  #sweepAt = smallest;
  #saving: Promise<void> = Promise.resolve();

  constructor({ dirs, program, trouble, touch }: TreeOptions) {
    this.#indexDir = dirs.index;
    this.#program = program;
    this.#trouble = trouble;
    this.#touch = touch;
    this.#packs = new Packs(dirs.trees, trouble, touch);
  }

  /**
   * What the sources select, as it is now.
   * @param since where it is known which paths changed: only these are looked at. Not for sources that were not read
   * anew although one of their rules changed.
   */
  async look(given: Sources, signal: AbortSignal, since?: Since): Promise<Look> {
    const sources = { ...given, root: given.root.replace(/\/+$/, "") };
    const place = this.#place(sources);
    const index = this.#index(sources.root);
    let look: Look;
    try {
      look = await this.#lookFrom(place, sources, index, signal, since);
    } catch (thrown) {
      if (!(thrown instanceof LostTree)) throw thrown;
      place.known = undefined;
      place.last = undefined;
      look = await this.#lookFrom(place, sources, index, signal, undefined);
    }
    place.last = look;
    this.#remember(look.tree);
    if (index.unsaved >= worthSaving) this.#saving = this.#saving.then(() => this.#saveAll());
    return look;
  }

  /** The tree with this digest, as long as anybody remembers it. */
  find(digest: string): FileTree | undefined {
    return this.#trees.get(digest)?.deref() ?? this.#packs.find(digest);
  }

  /** Keeps a tree that this session has seen. */
  async keep(digest: string): Promise<void> {
    const tree = this.#trees.get(digest)?.deref();
    if (tree) await this.#packs.save(tree);
  }

  /** Undefined where one of them is not known any more. */
  compare(was: string, now: string): readonly Change[] | undefined {
    const [before, after] = [this.find(was), this.find(now)];
    if (!before || !after) return undefined;
    try {
      return compareTrees(before, after);
    } catch (thrown) {
      if (thrown instanceof LostTree) return undefined;
      throw thrown;
    }
  }

  /** Writes what is new and lets go of the files; never throws. */
  async close(): Promise<void> {
    await this.#saving;
    await this.#saveAll();
    this.#packs.close();
  }

  async #lookFrom(place: Place, sources: Sources, index: FileIndex, signal: AbortSignal, since: Since | undefined) {
    const files = index.look();
    const known = place.known && new Asked(place.known);
    const context: LookContext = { sources, known, files, turn: turns(signal) };
    const before = since?.look ?? place.last;
    const onlyChanged = since && sameJudge(since.look.sources, sources);
    const look = onlyChanged ? await update(context, since.look, since.changed) : await lookAtAll(context, before);
    // An index that few rows were asked of cannot tell in which order the next look will ask.
    if (known === undefined && before === undefined) files.end();
    if (before !== undefined || known === undefined || known.missed) place.unsaved = true;
    // From here on the look itself says all that was known, and more.
    place.known = undefined;
    return look;
  }

  #place(sources: Sources): Place {
    const name = `${sha256(sources.root).slice(0, 32)}-${sha256(`${this.#program}\0${sources.selection ?? ""}`).slice(0, 16)}`;
    let place = this.#places.get(name);
    if (place === undefined) {
      const path = join(this.#indexDir, `${name}.directories`);
      const known = KnownDirectories.read(path, (tree) => this.#packs.reader(tree));
      const young = known && Math.abs(today() - known.day) < knownDays;
      if (young) this.#touch(path);
      place = { path, known: young ? known : undefined, last: undefined, unsaved: false };
      this.#places.set(name, place);
    }
    return place;
  }

  #index(root: string): FileIndex {
    let index = this.#indexes.get(root);
    if (index === undefined) {
      const path = join(this.#indexDir, `${sha256(root).slice(0, 32)}.index`);
      this.#touch(path);
      index = new FileIndex(path, this.#trouble, today);
      this.#indexes.set(root, index);
    }
    return index;
  }

  #remember(tree: FileTree): void {
    this.#trees.set(tree.digest, new WeakRef(tree));
    if (this.#trees.size < this.#sweepAt) return;
    for (const [digest, each] of this.#trees) if (each.deref() === undefined) this.#trees.delete(digest);
    this.#sweepAt = 2 * this.#trees.size + smallest;
  }

  async #saveAll(): Promise<void> {
    for (const place of this.#places.values()) await this.#savePlace(place);
    for (const index of this.#indexes.values()) await index.save();
  }

  async #savePlace(place: Place): Promise<void> {
    const { last, path, unsaved } = place;
    if (!unsaved || last === undefined) return;
    place.unsaved = false;
    try {
      if (!(await this.#packs.save(last.tree))) return;
      await this.#trouble.attempt(path, () => writeAtomic(path, encodeKnown(last, today()), { flush: false }));
    } catch (thrown) {
      // What cannot be read back is looked at anew next time.
      if (!(thrown instanceof LostTree)) throw thrown;
    }
  }
}

/** What is known, and whether a look asked for anything else. */
class Asked implements Known, KnownBeside {
  missed = false;
  readonly #known: KnownDirectories;

  constructor(known: KnownDirectories) {
    this.#known = known;
  }

  verdicts(key: bigint) {
    return this.#noting(this.#known.verdicts(key));
  }

  content(key: bigint) {
    return this.#noting(this.#known.content(key));
  }

  beside(key: bigint) {
    return this.#noting(this.#known.beside(key));
  }

  #noting<T>(found: T | undefined): T | undefined {
    this.missed ||= found === undefined;
    return found;
  }
}

/** Whether both judge every path alike. */
function sameJudge(a: Sources, b: Sources): boolean {
  if (a.root !== b.root) return false;
  return a.selection === undefined ? a.part === b.part : a.selection === b.selection;
}

function today(): number {
  return Math.floor(systemClock.now() / dayMs);
}
