/**
 * The inputs of one artifact from the first look to the end of a build: what a key is made of, and whether a build saw
 * what its key says.
 *
 * The artifact's own files say what counts, so they are read before every look, and once more where they were touched
 * meanwhile. A build is surrounded by statuses: an input that was touched while it ran makes its result unusable, also
 * where the content is the same again, because the build may have read what was there in between. A file that was made
 * and removed while the build ran leaves no status: only whoever hears of changes can tell of it.
 */
import { lstatSync } from "node:fs";
import type { Change } from "../event/event.ts";
import { InputsChanged } from "../graph/inputs-changed.ts";
import { systemClock } from "../std/clock.ts";
import { moment } from "../std/moment.ts";
import { isBelow } from "../std/text/below.ts";
import { wasTouchedSince } from "../store/tree/beside.ts";
import type { Look } from "../store/tree/look.ts";
import { markedTree, type TreeMark, treeMark } from "../store/tree/mark.ts";
import type { Since } from "../store/tree/trees.ts";
import type { Inspection, SourceSpec } from "./builder.ts";

/** The part of the store that looks at files. */
export interface InputFiles {
  look(sources: SourceSpec, signal: AbortSignal, since?: Since): Promise<Look>;
  touchedSince(look: Look, signal: AbortSignal): Promise<readonly string[]>;
  compareTrees(was: string, now: string): readonly Change[] | undefined;
}

export interface InputOptions {
  /** The artifact's name, for messages. */
  readonly image: string;
  inspect(signal: AbortSignal): Promise<Inspection>;
  readonly files: InputFiles;
  /** The work itself may write inputs anew: those that have the same content again count as untouched. */
  readonly rewrites?: boolean;
}

export interface HashHow {
  /** Absolute paths: all that changed since the last look. Absent: anything may have. */
  readonly changed?: ReadonlySet<string>;
  /** Told what counts before it is looked at. Resolves when that is watched. */
  watch?(inspection: Inspection): Promise<void>;
}

/** Rounds of reading the artifact's own files where somebody goes on writing to them. */
const rounds = 3;
/** Looks that a build may still refer to: passes that supersede each other are few. */
const remembered = 8;

export class ArtifactInputs {
  readonly #options: InputOptions;
  readonly #looks = new Map<string, Look>();
  readonly #readAt = new Map<string, number>();
  /** Of each build that runs: the inputs that were reported as changed since it began. */
  readonly #heard = new Map<Set<string>, Look["sources"]>();
  #inspection: Inspection | undefined;

  constructor(options: InputOptions) {
    this.#options = options;
  }

  /** What was read of the artifact's own files for the last look; read now where there was none. */
  async inspection(signal: AbortSignal): Promise<Inspection> {
    this.#inspection ??= await this.#options.inspect(signal);
    return this.#inspection;
  }

  /** Looks at the inputs as they are now. */
  async hash(signal: AbortSignal, { changed, watch }: HashHow = {}): Promise<TreeMark> {
    const last = changed && this.#last();
    const { tree } = await this.#look(signal, last && { look: last, changed }, watch);
    return treeMark(tree.digest);
  }

  /** A moment before which no file of these inputs was read (`std/moment.ts`). @param files that `hash` gave */
  readMoment(files: TreeMark): number {
    return this.#readAt.get(files) ?? 0;
  }

  /** A path changed just now, as a watcher tells. @param path absolute */
  heard(path: string): void {
    for (const [paths, sources] of this.#heard) if (counts(sources, path)) paths.add(path);
  }

  /**
   * Does work that reads the inputs, as a build does.
   * @param files the look that the work is for
   * @param again something may have written to the inputs since, with no change to them: they are looked at first
   * @throws InputsChanged where they are others, or were touched while the work went on
   */
  async during<T>(files: TreeMark, again: boolean, work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const { image, files: store } = this.#options;
    const known = again ? undefined : this.#looks.get(files);
    const look = known ?? (await this.#look(signal, undefined));
    if (treeMark(look.tree.digest) !== files) {
      const changes = store.compareTrees(markedTree(files) ?? "", look.tree.digest) ?? [];
      const paths = changes.map(({ path }) => path);
      throw new InputsChanged(`the build of ${image}`, paths);
    }
    const heard = new Set<string>();
    // What a hook made for a moment before the work may be heard of only now.
    if (!again) this.#heard.set(heard, look.sources);
    const result = await work().finally(() => this.#heard.delete(heard));
    const touched = await store.touchedSince(look, signal);
    const paths = [...new Set([...touched, ...[...heard].filter(isGone)])];
    if (paths.length > 0 && !(this.#options.rewrites && (await this.hash(signal)) === files))
      throw new InputsChanged(`the build of ${image}`, paths);
    return result;
  }

  async #look(signal: AbortSignal, since: Since | undefined, watch: HashHow["watch"] = async () => undefined) {
    const { files } = this.#options;
    const before = moment();
    let began = systemClock.now();
    let inspection = await this.#options.inspect(signal);
    await watch(inspection);
    let look = await files.look(inspection.sources, signal, since);
    for (let round = 1; round < rounds && wasTouchedSince(look.beside, began); round++) {
      began = systemClock.now();
      const again = await this.#options.inspect(signal);
      const same = again.sources.selection === inspection.sources.selection;
      inspection = again;
      await watch(inspection);
      if (same && again.sources.selection !== undefined) break;
      look = await files.look(again.sources, signal);
    }
    this.#inspection = inspection;
    this.#remember(look, before);
    return look;
  }

  #remember(look: Look, readAt: number): void {
    const mark = treeMark(look.tree.digest);
    this.#looks.delete(mark);
    this.#looks.set(mark, look);
    this.#readAt.set(mark, readAt);
    const [oldest] = this.#looks.keys();
    if (this.#looks.size <= remembered || oldest === undefined) return;
    this.#looks.delete(oldest);
    this.#readAt.delete(oldest);
  }

  #last(): Look | undefined {
    return [...this.#looks.values()].at(-1);
  }
}

/** Whether a path may have been an input while it was there. */
function counts(sources: Look["sources"], path: string): boolean {
  const { root, trees = [] } = sources;
  if (trees.some((tree) => isBelow(path, tree.root))) return true;
  if (!isBelow(path, root)) return false;
  const name = path.slice(root.length + 1);
  return sources.part(name, "file") === "in" || sources.part(name, "directory") !== "out";
}

function isGone(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) === undefined;
}
