/**
 * The inputs of one artifact from the first snapshot to the end of a build: the key's digest of files, and whether a
 * build read the files that its key stands for.
 * The artifact's own files decide what counts, so they are read before every snapshot, and again where they were
 * touched meanwhile. File statuses are compared around a build: an input that was touched during it makes its result
 * unusable, even where its content is the same again, because the build may have read another content in between. A
 * file that was made and removed during the build leaves no status; only reported file events show it.
 */
import { lstatSync } from "node:fs";
import type { Change } from "../event/event.ts";
import { InputsChanged } from "../graph/inputs-changed.ts";
import { systemClock } from "../std/clock.ts";
import { moment } from "../std/moment.ts";
import { isBelow } from "../std/text/below.ts";
import { wasTouchedSince } from "../store/tree/beside.ts";
import { markedTree, type TreeMark, treeMark } from "../store/tree/mark.ts";
import type { Snapshot } from "../store/tree/snapshot.ts";
import type { Since } from "../store/tree/trees.ts";
import type { Inspection, SourceSpec } from "./builder.ts";

/** The part of the store that reads input files. */
export interface InputFiles {
  snapshot(sources: SourceSpec, signal: AbortSignal, since?: Since): Promise<Snapshot>;
  touchedSince(snapshot: Snapshot, signal: AbortSignal): Promise<readonly string[]>;
  compareTrees(was: string, now: string): readonly Change[] | undefined;
}

export interface InputOptions {
  /** The artifact's name, for messages. */
  readonly image: string;
  inspect(signal: AbortSignal): Promise<Inspection>;
  readonly files: InputFiles;
  /** Whether the work itself may write inputs: files that are rewritten with the same content count as untouched. */
  readonly rewrites?: boolean;
}

export interface HashHow {
  /** Absolute paths: all that changed since the last snapshot. Absent: any file may have changed. */
  readonly changed?: ReadonlySet<string>;
  /** Called with what counts before the files are read. Resolves when these files are watched. */
  watch?(inspection: Inspection): Promise<void>;
}

/** How often the artifact's own files are read again while they are being written. */
const rounds = 3;
/** How many snapshots are kept for builds: passes that supersede each other are few. */
const remembered = 8;

export class ArtifactInputs {
  readonly #options: InputOptions;
  readonly #snapshots = new Map<string, Snapshot>();
  readonly #readAt = new Map<string, number>();
  /** For each running build, the inputs that were reported as changed since it began. */
  readonly #heard = new Map<Set<string>, Snapshot["sources"]>();
  #inspection: Inspection | undefined;

  constructor(options: InputOptions) {
    this.#options = options;
  }

  /** The inspection of the artifact for the last snapshot; made now where there was none. */
  async inspection(signal: AbortSignal): Promise<Inspection> {
    this.#inspection ??= await this.#options.inspect(signal);
    return this.#inspection;
  }

  /** Takes a snapshot of the inputs. */
  async hash(signal: AbortSignal, { changed, watch }: HashHow = {}): Promise<TreeMark> {
    const last = changed && this.#last();
    const { tree } = await this.#snapshot(signal, last && { snapshot: last, changed }, watch);
    return treeMark(tree.digest);
  }

  /**
   * A moment before which no file of these inputs was read (`std/moment.ts`).
   * @param files the result of `hash`
   */
  readMoment(files: TreeMark): number {
    return this.#readAt.get(files) ?? 0;
  }

  /**
   * Called for each file event.
   * @param path absolute
   */
  heard(path: string): void {
    for (const [paths, sources] of this.#heard) if (counts(sources, path)) paths.add(path);
  }

  /**
   * Does work that reads the inputs, as a build does.
   * @param files the digest of the inputs that the work is for
   * @param again hooks may have written to the inputs: a new snapshot is compared first
   * @throws InputsChanged where the inputs differ, or were touched during the work
   */
  async during<T>(files: TreeMark, again: boolean, work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const { image, files: store } = this.#options;
    const known = again ? undefined : this.#snapshots.get(files);
    const snapshot = known ?? (await this.#snapshot(signal, undefined));
    if (treeMark(snapshot.tree.digest) !== files) {
      const changes = store.compareTrees(markedTree(files) ?? "", snapshot.tree.digest) ?? [];
      const paths = changes.map(({ path }) => path);
      throw new InputsChanged(`the build of ${image}`, paths);
    }
    const heard = new Set<string>();
    // After hooks, a late event of a hook's file could be mistaken for a change during the work, so events are ignored.
    if (!again) this.#heard.set(heard, snapshot.sources);
    const result = await work().finally(() => this.#heard.delete(heard));
    const touched = await store.touchedSince(snapshot, signal);
    const paths = [...new Set([...touched, ...[...heard].filter(isGone)])];
    if (paths.length > 0 && !(this.#options.rewrites && (await this.hash(signal)) === files))
      throw new InputsChanged(`the build of ${image}`, paths);
    return result;
  }

  async #snapshot(signal: AbortSignal, since: Since | undefined, watch: HashHow["watch"] = async () => undefined) {
    const { files } = this.#options;
    const before = moment();
    let began = systemClock.now();
    let inspection = await this.#options.inspect(signal);
    await watch(inspection);
    let snapshot = await files.snapshot(inspection.sources, signal, since);
    for (let round = 1; round < rounds && wasTouchedSince(snapshot.beside, began); round++) {
      began = systemClock.now();
      const again = await this.#options.inspect(signal);
      const same = again.sources.selection === inspection.sources.selection;
      inspection = again;
      await watch(inspection);
      if (same && again.sources.selection !== undefined) break;
      snapshot = await files.snapshot(again.sources, signal);
    }
    this.#inspection = inspection;
    this.#remember(snapshot, before);
    return snapshot;
  }

  #remember(snapshot: Snapshot, readAt: number): void {
    const mark = treeMark(snapshot.tree.digest);
    this.#snapshots.delete(mark);
    this.#snapshots.set(mark, snapshot);
    this.#readAt.set(mark, readAt);
    const [oldest] = this.#snapshots.keys();
    if (this.#snapshots.size <= remembered || oldest === undefined) return;
    this.#snapshots.delete(oldest);
    this.#readAt.delete(oldest);
  }

  #last(): Snapshot | undefined {
    return [...this.#snapshots.values()].at(-1);
  }
}

/** Whether a path may have been an input while it existed. */
function counts(sources: Snapshot["sources"], path: string): boolean {
  const { root, trees = [] } = sources;
  if (trees.some((tree) => isBelow(path, tree.root))) return true;
  if (!isBelow(path, root)) return false;
  const name = path.slice(root.length + 1);
  return sources.part(name, "file") === "in" || sources.part(name, "directory") !== "out";
}

function isGone(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) === undefined;
}
