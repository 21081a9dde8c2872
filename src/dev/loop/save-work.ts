/**
 * Handles one batch of changes: reads its paths, emits the verdict on each, syncs what can be synced, and returns what
 * needs a pass. Every path is noted for the next pass, and an artifact whose sync fails is among the needs, so that no
 * change is lost.
 */
import { watchedOf } from "../../build/watched.ts";
import type { Event, PathVerdict } from "../../event/event.ts";
import type { Clock } from "../../std/clock.ts";
import { settledWithin } from "../../std/text/at-most.ts";
import { isBelow } from "../../std/text/below.ts";
import type { Syncers } from "../sync/syncers.ts";
import { type Classified, type ContainerFiles, classify } from "./classify.ts";
import type { Handled } from "./loop.ts";
import { isNothing, type Needs, nothing } from "./needs.ts";
import type { PendingPaths } from "./pending-paths.ts";
import type { Fingerprint, ProjectFiles } from "./project-files.ts";
import { readChanges } from "./read-changes.ts";
import type { Batch } from "./reducer.ts";

/** Verdicts without a consequence are emitted one by one only up to this number: a checkout names thousands of them. */
const mostIgnored = 200;
/** How long one save may occupy the loop before the next one begins, however long its files take to sync. */
const holdMs = 250;

/** The part of the syncers of all places that a save uses. */
type AnySyncers = Pick<Syncers<never>, "held" | "pathsBelow" | "sync">;

export class SaveWork {
  readonly #syncers: AnySyncers;
  readonly #clock: Clock;
  readonly #emit: (event: Event) => void;
  readonly #told: PendingPaths;

  constructor(syncers: AnySyncers, clock: Clock, emit: (event: Event) => void, told: PendingPaths) {
    this.#syncers = syncers;
    this.#clock = clock;
    this.#emit = emit;
    this.#told = told;
  }

  /** Whether a Dockerfile or an ignore file may have changed, so that other paths count. */
  rulesMayHaveChanged(batch: Batch, underway: Needs, files: ProjectFiles): boolean {
    if (!isNothing(underway)) return true;
    return files.artifacts.some(({ sources }) => {
      const folders = sources.listed ? [sources.root, ...sources.listed] : [];
      if ([...batch.paths].some((path) => folders.some((folder) => isBelow(path, folder)))) return true;
      return watchedOf(sources).files.some((path) => batch.paths.has(path));
    });
  }

  async handle(
    batch: Batch,
    underway: Needs,
    project: { readonly files: ProjectFiles; print(path: string, signal: AbortSignal): Promise<Fingerprint> },
    signal: AbortSignal,
  ): Promise<Handled> {
    const { files } = project;
    const heldBelow = (image: string, directory: string) => this.#syncers.pathsBelow(image, directory);
    const changes = await readChanges(batch.paths, { files, print: project.print, heldBelow }, signal);
    const images = files.artifacts.map(({ image }) => image);
    const rebuilding = underway.everything || underway.reload ? new Set(images) : underway.artifacts;
    const held: ContainerFiles = (image, path) => this.#syncers.held(image, path);
    const found = classify(files, changes, held, rebuilding);
    this.#say(found);
    for (const [path, verdicts] of found.verdicts) this.#told.add(path, verdicts.flatMap(rebuiltBy));
    const failed = new Set<string>();
    let synced = false;
    const work = [...found.sync].map(async ([image, paths]) => {
      if (await this.#syncers.sync(image, paths, signal)) synced = true;
      else failed.add(image);
    });
    const all = Promise.all(work);
    const inTime = await settledWithin(all, holdMs, this.#clock);
    if (inTime) await all;
    const artifacts = new Set([...found.rebuild, ...failed]);
    const needs = { ...nothing, artifacts, pass: found.pass, reload: found.reload };
    const counted = [...found.verdicts.values()].filter(leadsOn).length;
    if (inTime) return { needs, synced, counted };
    const others = async () => {
      await all;
      return { ...nothing, artifacts: failed.difference(artifacts) };
    };
    return { needs, synced, counted, later: others() };
  }

  #say({ verdicts }: Classified): void {
    let ignored = 0;
    for (const [path, all] of verdicts) {
      if (all.every(({ kind }) => kind === "ignored") && ++ignored > mostIgnored) continue;
      this.#emit({ type: "change", path, verdicts: all });
    }
  }
}

function rebuiltBy(verdict: PathVerdict): string[] {
  return verdict.kind === "rebuild" ? [verdict.artifact] : [];
}

/** A save of content that the containers have already counts too, so that the user sees a line for it. */
function leadsOn(verdicts: readonly PathVerdict[]): boolean {
  return verdicts.some((verdict) => (verdict.kind !== "ignored" || verdict.unchanged) && verdict.kind !== "tool-made");
}
