/**
 * The syncers of a session, one for each place that the project deploys to. The wanted files of an artifact are the
 * same in every place, because its image may be brought there later; a save is sent to the places where a container
 * runs it. What all of them have is known only where they agree.
 */

import { canonical } from "../../std/data/json.ts";
import type { ContainerFile, SyncFile } from "../loop/classify.ts";
import type { PlaceOutcome } from "../loop/dev-project.ts";
import type { Fingerprint } from "../loop/project-files.ts";
import type { Syncer } from "./syncer.ts";

export interface SyncersOptions<Place> {
  open(place: Place): Syncer;
  /** Whether the artifact has commands around its syncs: the places are then synced one after the other. */
  hasHooks(image: string): boolean;
}

export class Syncers<Place extends { readonly id: string }> implements AsyncDisposable {
  readonly #options: SyncersOptions<Place>;
  #places = new Map<string, Syncer>();

  constructor(options: SyncersOptions<Place>) {
    this.#options = options;
  }

  /** Sets the places. Syncers of places that stay continue, those of removed ones end. */
  async follow(places: readonly Place[]): Promise<void> {
    const before = this.#places;
    this.#places = new Map(places.map((place) => [place.id, before.get(place.id) ?? this.#options.open(place)]));
    const gone = [...before].filter(([id]) => !this.#places.has(id));
    await Promise.all([
      ...gone.map(([, syncer]) => syncer[Symbol.asyncDispose]()),
      ...[...this.#places.values()].map((syncer) => syncer.rename()),
    ]);
  }

  /** What the containers of an artifact have of a path. Undefined before its image is in any place. */
  held(image: string, path: string): ContainerFile | undefined {
    const all = this.#all.flatMap((syncer) => syncer.wantedOverlay(image).held(path) ?? []);
    const [first] = all;
    if (first === undefined) return undefined;
    const agree = all.every(({ print, unsure }) => !unsure && textOf(print) === textOf(first.print));
    return agree ? first : { print: first.print, unsure: true };
  }

  /** Every path below a directory from the image or a sync in some place. */
  *pathsBelow(image: string, directory: string): Iterable<string> {
    const told = new Set<string>();
    for (const syncer of this.#all)
      for (const path of syncer.wantedOverlay(image).pathsBelow(directory)) {
        if (told.has(path)) continue;
        told.add(path);
        yield path;
      }
  }

  /**
   * Brings the artifact's containers up to date wherever it runs.
   * @returns false where it must be built instead; the reason was reported
   */
  async sync(image: string, files: readonly SyncFile[], signal: AbortSignal): Promise<boolean> {
    const running = this.#all.filter((syncer) => syncer.runs(image));
    // Where no place runs it, the first place reports that.
    const there = running.length > 0 ? running : this.#all.slice(0, 1);
    for (const syncer of this.#all) if (!there.includes(syncer)) syncer.wantedOverlay(image).want(files);
    if (!this.#options.hasHooks(image)) {
      const done = await Promise.all(there.map((syncer) => syncer.sync(image, files, signal)));
      return done.every((isDone) => isDone);
    }
    for (const syncer of there) if (!(await syncer.sync(image, files, signal))) return false;
    return true;
  }

  /**
   * A pass has brought images to these places. Resolves when every running container of theirs is up to date.
   * @param outcomes by the place's id
   */
  async deployed(outcomes: ReadonlyMap<string, PlaceOutcome>, signal: AbortSignal): Promise<void> {
    const work = [...outcomes].map(([id, { images, namespaces }]) =>
      this.#places.get(id)?.deployed(images, namespaces, signal),
    );
    await Promise.all(work);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#all.map((syncer) => syncer[Symbol.asyncDispose]()));
  }

  get #all(): readonly Syncer[] {
    return [...this.#places.values()];
  }
}

function textOf(print: Fingerprint): string | undefined {
  return print === undefined ? undefined : canonical(print);
}
