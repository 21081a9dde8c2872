/**
 * The trees of one process: the last snapshot of each root and selection, the index of their files, and the stored
 * trees. A snapshot starts from the previous one, of this session or an earlier one. Everything is saved when the
 * session ends, and also after a snapshot that read many files, so that a killed process only loses what it read last.
 */
import { join } from "node:path";
import type { Change } from "../../event/event.ts";
import { systemClock } from "../../std/clock.ts";
import { sha256 } from "../../std/data/digest.ts";
import { writeAtomic } from "../atomic.ts";
import { FileIndex } from "../files/file-index.ts";
import type { Sources } from "../files/sources.ts";
import type { Touch } from "../records/active.ts";
import type { Trouble } from "../trouble.ts";
import type { KnownBeside } from "./beside.ts";
import { compareTrees } from "./compare.ts";
import type { FileTree } from "./file-tree.ts";
import { encodeKnown, KnownDirectories } from "./known.ts";
import { LostTree, Packs } from "./packs.ts";
import { type Snapshot, type SnapshotContext, takeSnapshot } from "./snapshot.ts";
import { turns } from "./turns.ts";
import { update } from "./update.ts";
import type { Known } from "./walk.ts";

/** An earlier snapshot with all changes since then. */
export interface Since {
  readonly snapshot: Snapshot;
  /** Absolute paths: every changed one, or a directory above it. */
  readonly changed: Iterable<string>;
}

const worthSaving = 500;
const dayMs = 24 * 60 * 60 * 1000;
/** After this many days a table is ignored once, so that the index of files learns which of its rows are in use. */
const knownDays = 7;
/** Digests of up to this many trees that no code refers to any more may stay in the map. */
const smallest = 256;

export interface TreeOptions {
  readonly dirs: { readonly index: string; readonly trees: string };
  /** Version and build of the program: judgements of other builds are not used. */
  readonly program: string;
  readonly trouble: Trouble;
  readonly touch: Touch;
}

/** One root with one selection. */
interface Place {
  readonly path: string;
  known: KnownDirectories | undefined;
  last: Snapshot | undefined;
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
  /** Every tree of this session that other code still refers to. */
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
   * The present state of what the sources select.
   * @param since an earlier snapshot and the paths changed since: only these are read. Must be absent where a rule
   * changed and the sources were not made again.
   */
  async snapshot(given: Sources, signal: AbortSignal, since?: Since): Promise<Snapshot> {
    const sources = { ...given, root: given.root.replace(/\/+$/, "") };
    const place = this.#place(sources);
    const index = this.#index(sources.root);
    let snapshot: Snapshot;
    try {
      snapshot = await this.#snapshotFrom(place, sources, index, signal, since);
    } catch (thrown) {
      if (!(thrown instanceof LostTree)) throw thrown;
      place.known = undefined;
      place.last = undefined;
      snapshot = await this.#snapshotFrom(place, sources, index, signal, undefined);
    }
    place.last = snapshot;
    this.#remember(snapshot.tree);
    if (index.unsaved >= worthSaving) this.#saving = this.#saving.then(() => this.#saveAll());
    return snapshot;
  }

  /** The tree with this digest, in memory or stored. */
  find(digest: string): FileTree | undefined {
    return this.#trees.get(digest)?.deref() ?? this.#packs.find(digest);
  }

  /** Stores a tree of this session. */
  async keep(digest: string): Promise<void> {
    const tree = this.#trees.get(digest)?.deref();
    if (tree) await this.#packs.save(tree);
  }

  /** Undefined where one of the trees is no longer known. */
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

  /** Writes what has changed and closes the files; never throws. */
  async close(): Promise<void> {
    await this.#saving;
    await this.#saveAll();
    this.#packs.close();
  }

  async #snapshotFrom(place: Place, sources: Sources, index: FileIndex, signal: AbortSignal, since: Since | undefined) {
    const files = index.beginWalk();
    const known = place.known && new Asked(place.known);
    const context: SnapshotContext = { sources, known, files, turn: turns(signal) };
    const before = since?.snapshot ?? place.last;
    const onlyChanged = since && sameJudge(since.snapshot.sources, sources);
    const snapshot = onlyChanged
      ? await update(context, since.snapshot, since.changed)
      : await takeSnapshot(context, before);
    // Only a walk that used the index for every file gives the order of its rows.
    if (known === undefined && before === undefined) files.end();
    if (before !== undefined || known === undefined || known.missed) place.unsaved = true;
    // The snapshot itself now holds everything that the table holds.
    place.known = undefined;
    return snapshot;
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
      // A lost tree is not saved; its files are read again next time.
      if (!(thrown instanceof LostTree)) throw thrown;
    }
  }
}

/** The saved table, and whether a walk needed anything that it does not have. */
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

/** Whether both sources judge every path alike. */
function sameJudge(a: Sources, b: Sources): boolean {
  if (a.root !== b.root) return false;
  return a.selection === undefined ? a.part === b.part : a.selection === b.selection;
}

function today(): number {
  return Math.floor(systemClock.now() / dayMs);
}
