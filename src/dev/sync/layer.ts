/**
 * What the containers of one artifact should hold beyond its image: the files synced since it was built. Decides what a
 * container lacks, given what is known of its overlay: one rule serves a save, a restart, a new pod, and a workspace that
 * was reverted between two sessions.
 */
import { join } from "node:path";
import { canonical, type Json } from "../../std/data/json.ts";
import type { PathLookup } from "../../store/tree/file-tree.ts";
import type { HeldPrint, SyncFile } from "../loop/classify.ts";
import { isDirectory, type Print } from "../loop/project-files.ts";
import { type ContainerOverlay, type OverlayEntry, printed } from "./overlay-book.ts";
import type { SentPrints, Transfer } from "./sync-archive.ts";

/** An image as a pass has brought it to the cluster. */
export interface DeployedImage {
  readonly imageId: string;
  /** As the pods' specs name it. */
  readonly reference: string;
  /** What it was built from, by path relative to the context. */
  readonly inputs: PathLookup;
  /** Before the first of these inputs was read (`moment.ts`): what was looked at earlier is in them, or outdated by them. */
  readonly readAt: number;
  /** Its working directory, where that is known. */
  readonly workdir?: string | undefined;
}

/** What has to be done to a container. */
export interface Lack {
  readonly transfers: readonly Transfer[];
  /** What its overlay is afterwards, for the paths concerned. */
  readonly entries: ContainerOverlay;
  /** Paths that are then as in the image. */
  readonly dropped: readonly string[];
}

/** What is to be believed of a container once it took what it lacked. */
export interface Settled extends Pick<Lack, "entries" | "dropped"> {
  /** Some file was sent as something else than what was wanted, or was not there to be sent. */
  readonly differs: boolean;
}

export class Layer {
  image: DeployedImage | undefined;
  readonly #wanted = new Map<string, SyncFile>();
  /** Paths of which a container got other content than the one that was wanted. */
  readonly #doubted = new Set<string>();

  /** What the containers hold of a path, as far as we have brought it there. Undefined before the first build. */
  held(path: string): HeldPrint | undefined {
    if (this.image === undefined) return undefined;
    const wanted = this.#wanted.get(path);
    return { print: wanted ? wanted.print : this.#inImage(path), unsure: this.#doubted.has(path) };
  }

  /** Every path that the image or a sync brought, below what was a directory. */
  *pathsBelow(directory: string): Iterable<string> {
    const prefix = directory === "" ? "" : `${directory}/`;
    for (const path of this.#wanted.keys()) if (path.startsWith(prefix)) yield path;
    if (prefix !== "" && !isDirectory(this.#inImage(directory))) return;
    if (this.image) yield* this.image.inputs.below(directory);
  }

  get wants(): boolean {
    return this.#wanted.size > 0;
  }

  want(files: readonly SyncFile[]): void {
    for (const file of files) {
      this.#wanted.set(file.path, file);
      this.#doubted.delete(file.path);
    }
  }

  /**
   * A new image. What it holds already is no longer wanted, and neither is what was looked at before the image's inputs
   * were read: they hold that content or a newer one.
   */
  built(image: DeployedImage): void {
    this.image = image;
    for (const [path, { at, print }] of this.#wanted)
      if (at < image.readAt || same(printed(print), printed(this.#inImage(path)))) this.#wanted.delete(path);
  }

  /** @param context absolute directory that paths are relative to */
  lack(overlay: ContainerOverlay, context: string): Lack {
    const transfers: Transfer[] = [];
    const entries: Record<string, OverlayEntry> = {};
    const dropped: string[] = [];
    for (const path of new Set([...this.#wanted.keys(), ...Object.keys(overlay)])) {
      const file = this.#wanted.get(path);
      const known = overlay[path];
      const inImage = printed(this.#inImage(path));
      const want = file ? printed(file.print) : inImage;
      const sure = known === undefined || known.settled;
      const has = known ? known.print : inImage;
      if (file === undefined) dropped.push(path);
      if (sure && same(has, want)) continue;
      const destinations = [...new Set([...(file?.destinations ?? []), ...(known?.destinations ?? [])])];
      entries[path] = { print: want, destinations, settled: true };
      // A file where a directory was, or the other way round, goes over nothing that tar could write to.
      const replaces = has !== null && isDirectory(has) !== isDirectory(want);
      transfers.push(
        want === null ? { path, destinations } : { path, source: join(context, path), destinations, replaces },
      );
    }
    return { transfers, entries, dropped };
  }

  /**
   * What a container holds after it took what it lacked, judged by the content that was sent. A file that was saved
   * between the look at it and the sending went as it was at the sending; one that was gone by then did not go, and
   * what the container holds of it stays in doubt. Its own event is not taken for nothing new, even where it finds the
   * content that was wanted; where that was looked at before the sending ended, only another sending finds out.
   */
  settled({ entries, dropped }: Lack, sent: SentPrints): Settled {
    const now: Record<string, OverlayEntry> = {};
    const others = new Set<string>();
    for (const [path, entry] of Object.entries(entries)) {
      const print = sent.get(path);
      if (print !== undefined) now[path] = { ...entry, print };
      if (print !== undefined && same(print, entry.print)) continue;
      others.add(path);
      this.#doubted.add(path);
    }
    return { entries: now, dropped: dropped.filter((path) => !others.has(path)), differs: others.size > 0 };
  }

  #inImage(path: string): Print {
    return this.image?.inputs.at(path);
  }
}

function same(a: Json, b: Json): boolean {
  return canonical(a) === canonical(b);
}
