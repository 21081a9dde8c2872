/**
 * `sync.infer`: the place of a file is where the Dockerfile copies it: followed through every stage that the final one
 * starts from and through every `COPY --from`. What a RUN does to a copied file is not looked at: the user's own patterns
 * vouch for that. A place that a later step overwrites, or that only the base image could tell, is no place.
 *
 * A deletion is synced only where a build would leave nothing there: in an image from scratch without a RUN. In any
 * other, the base image may have a file of that name.
 */
import { posix } from "node:path";
import type { CopyStep, Plan, Stage } from "../build/docker/plan.ts";
import { isDirectoryForm, land, mayReach, sourcesOf } from "./copy-step.ts";
import { type Placer, unplaced } from "./placement.ts";
import { syncGlob } from "./sync-glob.ts";

/** Where the file is in one stage. */
interface Landed {
  readonly places: ReadonlySet<string>;
  /** Set as soon as one place cannot be told. */
  readonly unknown: string | undefined;
}

interface Asked {
  readonly plan: Plan;
  readonly path: string;
  readonly kind: "file" | "directory";
  /** Whether the context has a kept file or directory there. */
  readonly exists: (path: string) => boolean;
}

/**
 * @param plan undefined where the Dockerfile is not understood: then nothing has a place
 * @param exists whether the context has something at a relative path that the build sees
 */
export function inferPlacer(
  patterns: readonly string[],
  plan: Plan | undefined,
  exists: (path: string) => boolean,
): Placer {
  const globs = patterns.map((pattern) => ({ pattern, matches: syncGlob(pattern) }));
  return (path, kind) => {
    const glob = globs.find(({ matches }) => matches(path));
    if (glob === undefined) return unplaced("no pattern of sync.infer matches");
    if (plan === undefined) return unplaced("the Dockerfile is not understood");
    const target = plan.stages.at(-1);
    if (target === undefined) return unplaced("the Dockerfile has no stage");
    if (kind === "gone" && !isBare(plan, target)) return unplaced("the base image may have a file of that name");
    const asked: Asked = { plan, path, kind: kind === "directory" ? "directory" : "file", exists };
    const { places, unknown } = landedIn(asked, target);
    if (unknown !== undefined) return unplaced(unknown);
    if (places.size === 0) return unplaced("no COPY takes it into the final image");
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
      if (landing.kind === "at") written.add(landing.place);
    }
    for (const place of places) {
      if (written.has(place) || !overwrites(asked, step, place)) continue;
      if (step.from.kind === "context") places.delete(place);
      else unknown ??= `line ${step.line}: it may overwrite ${place}`;
    }
    for (const place of written) places.add(place);
    known.add(step);
  }
  return { places, unknown };
}

/** What the file is called in the step's own source tree: several names where a stage has it in several places. */
function sourcesFor(asked: Asked, step: CopyStep): readonly string[] {
  const { from } = step;
  if (from.kind === "context") return [asked.path];
  if (from.kind === "image") return [];
  const stage = asked.plan.stages.find((s) => s.index === from.index);
  return stage === undefined ? [] : [...landedIn(asked, stage).places].map((place) => place.slice(1));
}

/** Whether the step puts something else at the place. For files of other images only the place itself can be judged. */
function overwrites(asked: Asked, step: CopyStep, place: string): boolean {
  if (!mayReach(step, place)) return false;
  const sources = step.from.kind === "context" ? sourcesOf(step, place) : null;
  return (
    sources === null || step.inline.length > 0 || sources.some((path) => path !== asked.path && asked.exists(path))
  );
}

/** Directories that the stage surely has when its steps begin and after each: parents of what was written, workdirs. */
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

/** From scratch, without a RUN: it has nothing but what its copies brought. */
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
