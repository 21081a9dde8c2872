/**
 * The wanted overlay of one artifact: the files that its containers should have in addition to its image, because they
 * were synced since it was built. Decides what a container lacks, given its known overlay: one rule serves a save, a
 * restart, a new pod, and a workspace that was reverted between two sessions.
 */
import { join } from "node:path";
import { canonical, type Json } from "../../std/data/json.ts";
import type { PathLookup } from "../../store/tree/file-tree.ts";
import type { ContainerFile, SyncFile } from "../loop/classify.ts";
import { type Fingerprint, isDirectory } from "../loop/project-files.ts";
import { type ContainerOverlay, fingerprintJson, type OverlayEntry } from "./overlay-book.ts";
import type { SentFingerprints, Transfer } from "./sync-archive.ts";

/** An image that a pass has brought to the cluster. */
export interface DeployedImage {
  readonly imageId: string;
  /** The reference in the pods' specs. */
  readonly reference: string;
  /** The inputs that it was built from, by path relative to the context. */
  readonly inputs: PathLookup;
  /**
   * A moment before the first of these inputs was read (`moment.ts`): changes read earlier are in the inputs, or
   * outdated by them.
   */
  readonly readAt: number;
  /** Its working directory, where that is known. */
  readonly workdir?: string | undefined;
}

/** The changes that a container needs. */
export interface Lack {
  readonly transfers: readonly Transfer[];
  /** Its overlay afterwards, for the paths concerned. */
  readonly entries: ContainerOverlay;
  /** Paths that are then as in the image. */
  readonly dropped: readonly string[];
}

/** The known state of a container once it took what it lacked. */
export interface Settled extends Pick<Lack, "entries" | "dropped"> {
  /** Whether a file was sent with other content than the wanted one, or was missing. */
  readonly differs: boolean;
}

export class WantedOverlay {
  image: DeployedImage | undefined;
  readonly #wanted = new Map<string, SyncFile>();
  /** Paths of which a container got other content than the wanted one. */
  readonly #doubted = new Set<string>();

  /** What the containers have of a path, as far as it was synced. Undefined before the first build. */
  held(path: string): ContainerFile | undefined {
    if (this.image === undefined) return undefined;
    const wanted = this.#wanted.get(path);
    return { print: wanted ? wanted.print : this.#inImage(path), unsure: this.#doubted.has(path) };
  }

  /** Every path from the image or a sync, below a former directory. */
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
   * Sets a new image. Wanted files that it contains are dropped, and so are those that were read before the image's
   * inputs, because the image has that content or a newer one.
   */
  built(image: DeployedImage): void {
    this.image = image;
    for (const [path, { at, print }] of this.#wanted)
      if (at < image.readAt || same(fingerprintJson(print), fingerprintJson(this.#inImage(path))))
        this.#wanted.delete(path);
  }

  /** @param context absolute directory that paths are relative to */
  lack(overlay: ContainerOverlay, context: string): Lack {
    const transfers: Transfer[] = [];
    const entries: Record<string, OverlayEntry> = {};
    const dropped: string[] = [];
    for (const path of new Set([...this.#wanted.keys(), ...Object.keys(overlay)])) {
      const file = this.#wanted.get(path);
      const known = overlay[path];
      const inImage = fingerprintJson(this.#inImage(path));
      const want = file ? fingerprintJson(file.print) : inImage;
      const sure = known === undefined || known.settled;
      const has = known ? known.print : inImage;
      if (file === undefined) dropped.push(path);
      if (sure && same(has, want)) continue;
      const destinations = [...new Set([...(file?.destinations ?? []), ...(known?.destinations ?? [])])];
      entries[path] = { print: want, destinations, settled: true };
      // A file in the place of a directory, or the reverse, must be removed first, because tar cannot replace it.
      const replaces = has !== null && isDirectory(has) !== isDirectory(want);
      transfers.push(
        want === null ? { path, destinations } : { path, source: join(context, path), destinations, replaces },
      );
    }
    return { transfers, entries, dropped };
  }

  /**
   * The state of a container after it took what it lacked, judged by the sent content. A file that was saved between
   * reading and sending was sent in its later state; one that was deleted by then was not sent, and the container's
   * content of it stays unsure. Its own event counts as a change even where it finds the wanted content; where that was
   * read before the sending ended, only another sending resolves it.
   */
  settled({ entries, dropped }: Lack, sent: SentFingerprints): Settled {
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

  #inImage(path: string): Fingerprint {
    return this.image?.inputs.at(path);
  }
}

function same(a: Json, b: Json): boolean {
  return canonical(a) === canonical(b);
}
