/**
 * `sync.infer`: the destination of a file is where the Dockerfile copies it, followed through every stage that the
 * final one starts from and through every `COPY --from`. The effects of RUN on copied files are ignored: the user's own
 * patterns confirm that they do not matter. A path that a later step overwrites, or that only the base image could
 * tell, is no destination.
 * A deletion is synced only where a build would succeed and leave no file there: in an image from scratch without a
 * RUN, where no other copy puts a file at the path. In any other image, the base image may have a file of that name.
 */
import { posix } from "node:path";
import { type Placer, type TreeView, unplaced } from "../../placement.ts";
import { syncGlob } from "../../sync-glob.ts";
import { isDirectoryForm, land, mayReach, putsAnother } from "./copy-step.ts";
import type { CopyStep, Plan, Stage } from "./plan.ts";

/** The places of the file in one stage. */
interface Landed {
  readonly places: ReadonlySet<string>;
  /** Set as soon as one place is unknown. */
  readonly unknown: string | undefined;
}

interface Asked {
  readonly plan: Plan;
  readonly path: string;
  readonly kind: "file" | "directory";
  /** Files of the context. */
  readonly tree: TreeView;
}

/**
 * @param plan undefined where the Dockerfile could not be understood: then no file has a destination
 * @param tree the context as the build sees it
 */
export function inferPlacer(patterns: readonly string[], plan: Plan | undefined, tree: TreeView): Placer {
  const globs = patterns.map((pattern) => ({ pattern, matches: syncGlob(pattern) }));
  return (path, kind) => {
    const glob = globs.find(({ matches }) => matches(path));
    if (glob === undefined) return unplaced("no pattern of sync.infer matches");
    if (plan === undefined) return unplaced("the Dockerfile is not understood");
    const target = plan.stages.at(-1);
    if (target === undefined) return unplaced("the Dockerfile has no stage");
    if (kind === "gone" && !isBare(plan, target)) return unplaced("the base image may have a file of that name");
    if (kind === "gone" && isNamed(plan, path)) return unplaced("a COPY names it");
    const asked: Asked = { plan, path, kind: kind === "directory" ? "directory" : "file", tree };
    const { places, unknown } = landedIn(asked, target);
    if (unknown !== undefined) return unplaced(unknown);
    if (places.size === 0) return unplaced("no COPY takes it into the final image");
    const under = kind === "gone" ? [...places].find((place) => isUnderneath(asked, target, place)) : undefined;
    if (under !== undefined) return unplaced(`another file may come to light at ${under}`);
    return { kind: "placed", rule: `sync.infer ${JSON.stringify(glob.pattern)}`, destinations: [...places] };
  };
}

function landedIn(asked: Asked, stage: Stage): Landed {
  const base = baseStage(asked.plan, stage);
  const places = new Set<string>();
  let unknown: string | undefined;
  if (base !== undefined) {
    const below = landedIn(asked, base);
    for (const place of below.places) places.add(place);
    unknown = below.unknown;
  }
  const known = knownDirectories(asked.plan, stage);
  for (const step of stage.steps) {
    if (step.kind !== "copy") continue;
    const written = new Set<string>();
    for (const source of sourcesFor(asked, step)) {
      const landing = land(step, source, asked.kind, known.isDirectory);
      if (landing.kind === "unknown") unknown ??= landing.why;
      if (landing.kind !== "at") continue;
      const lost = overwrites(asked, step, landing.place, landing.source + 1);
      if (lost === null) unknown ??= mayOverwrite(step, landing.place);
      if (lost === false) written.add(landing.place);
    }
    for (const place of places) {
      const lost = written.has(place) ? false : overwrites(asked, step, place, 0);
      if (lost === null) unknown ??= mayOverwrite(step, place);
      if (lost === true) places.delete(place);
    }
    for (const place of written) places.add(place);
    known.add(step);
  }
  return { places, unknown };
}

/** The file's names in the step's own source tree: several where a stage has it in several places. */
function sourcesFor(asked: Asked, step: CopyStep): readonly string[] {
  const { from } = step;
  if (from.kind === "context") return [asked.path];
  if (from.kind === "image") return [];
  const stage = asked.plan.stages.find((s) => s.index === from.index);
  return stage === undefined ? [] : [...landedIn(asked, stage).places].map((place) => place.slice(1));
}

/** Whether a copy names the path itself: without the file the build fails, and has to report that. */
function isNamed(plan: Plan, path: string): boolean {
  return plan.stages.some(({ steps }) =>
    steps.some(
      (step) =>
        step.kind === "copy" &&
        step.from.kind === "context" &&
        step.sources.some((source) => source !== null && posix.join("/", source).replace(/\/$/, "") === `/${path}`),
    ),
  );
}

/** Whether any step puts another file at the path, which would appear once the upper one is deleted. */
function isUnderneath(asked: Asked, stage: Stage, place: string): boolean {
  const base = baseStage(asked.plan, stage);
  if (base !== undefined && isUnderneath(asked, base, place)) return true;
  return stage.steps.some((step) => step.kind === "copy" && overwrites(asked, step, place, 0) !== false);
}

/** Whether the step puts another file at the path. null: only the files of another stage or image could tell. */
function overwrites(asked: Asked, step: CopyStep, place: string, firstSource: number): boolean | null {
  if (firstSource >= step.sources.length && step.inline.length === 0) return false;
  if (!mayReach(step, place)) return false;
  return step.from.kind === "context" ? putsAnother(step, place, asked.path, asked.tree, firstSource) : null;
}

function mayOverwrite(step: CopyStep, place: string): string {
  return `line ${step.line}: it may overwrite ${place}`;
}

/**
 * Directories that the stage certainly has when its steps begin and after each: parents of written files, working
 * directories.
 */
function knownDirectories(plan: Plan, stage: Stage) {
  const known = new Set<string>(["/"]);
  const learn = (place: string) => {
    for (let at = posix.join("/", place); at !== "/"; at = posix.dirname(at)) known.add(at.replace(/\/$/, ""));
  };
  const add = (step: CopyStep) => {
    if (step.destination === null) return;
    const contents = step.sources.some((source) => source !== null && posix.join("/", source) === "/");
    learn(isDirectoryForm(step) || contents ? step.destination : posix.dirname(step.destination));
  };
  for (let below = baseStage(plan, stage); below !== undefined; below = baseStage(plan, below)) {
    if (below.workdir !== null) learn(below.workdir);
    for (const step of below.steps) if (step.kind === "copy") add(step);
  }
  if (stage.workdir !== null) learn(stage.workdir);
  const bare = isBare(plan, stage);
  return {
    add,
    isDirectory: (place: string) => (known.has(place.replace(/(.)\/$/, "$1")) ? true : bare ? false : undefined),
  };
}

/** Whether a stage from scratch without a RUN has only what its copies put there. */
function isBare(plan: Plan, stage: Stage): boolean {
  if (stage.steps.some((step) => step.kind === "run")) return false;
  if (stage.base.kind === "scratch") return true;
  const base = baseStage(plan, stage);
  return base !== undefined && isBare(plan, base);
}

function baseStage(plan: Plan, stage: Stage): Stage | undefined {
  const { base } = stage;
  return base.kind === "stage" ? plan.stages.find((s) => s.index === base.index) : undefined;
}
