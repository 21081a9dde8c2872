/**
 * From sources of manifests to the objects of one module. Reading them is an observation, never recorded, because it costs
 * a few reads and its output holds secrets; what kustomize makes is derived. Images are not in yet, so rendering waits for
 * no build; the hooks around it therefore see the references that the user wrote.
 *
 * Hooks around rendering may write what is read: a module that has them is rendered in one go, kustomize included, at
 * every start and whenever a file of its own changes.
 */
import { relative } from "node:path";
import { Source } from "../../config/yaml/source.ts";
import {
  forThisSystem,
  type HookFacts,
  type HostHook,
  oneByOne,
  runHostHook,
  runHostHooks,
} from "../../deploy/hooks/host-hook.ts";
import { kustomizationFiles } from "../../deploy/manifests/kustomization.ts";
import {
  type KustomizationSource,
  kustomizationTarget,
  kustomizedManifests,
  runKustomize,
} from "../../deploy/manifests/kustomized.ts";
import { type ManifestSource, manifestFiles, readManifestFiles } from "../../deploy/manifests/manifest-files.ts";
import { readsOf, watchedFor } from "../../deploy/manifests/manifest-paths.ts";
import { printManifests } from "../../deploy/manifests/print-manifests.ts";
import { type Manifest, readManifests } from "../../deploy/manifests/read-manifest.ts";
import type { Diagnostic } from "../../diag/diagnostic.ts";
import { Failure } from "../../diag/failure.ts";
import type { ObserveTask, Task, TaskContext, WatchedFiles } from "../../graph/task.ts";
import { canonical, type Json } from "../../std/data/json.ts";
import type { Kustomized } from "../../tool/kustomize.ts";
import { fileStamp } from "../file-stamp.ts";
import { taskId } from "../ids.ts";
import { type KustomizationOutput, type KustomizeWork, kustomizeProgramTask, kustomizeTasks } from "./kustomize.ts";

export interface RenderWork {
  /** The module's stable name. */
  readonly module: string;
  readonly sources: readonly ManifestSource[];
  /** Rendered after the sources, as the reference tool orders them. */
  readonly kustomizations: readonly KustomizationSource[];
  /** What shown paths are relative to. */
  readonly cwd: string;
  readonly hooks: {
    readonly before: readonly HostHook[];
    readonly after: readonly (HostHook & { readonly withChange: boolean })[];
  };
  readonly facts: HookFacts;
  /** Hides what may be secret in keys. */
  seal(value: string): string;
}

/** `files`: absolute path of each file that was read -> its stamp (`fileStamp`). */
export type RenderOutput = {
  readonly manifests: readonly Manifest[];
  readonly files: Readonly<Record<string, string>>;
};

/** A hook that writes manifests each time that they are read must not be followed for ever. */
const mostRounds = 5;

/** The render of a module, `render:<module>`, and the tasks that it stands on. */
export function renderTasks(work: RenderWork): Task[] {
  const derived = hasHooks(work) ? [] : named(work);
  const [first] = derived;
  return [
    ...(first ? [kustomizeProgramTask(first)] : []),
    ...derived.flatMap(kustomizeTasks),
    renderTask(work, derived),
  ];
}

/** @param derived kustomizations with tasks of their own; the others are made by the render itself */
function renderTask(work: RenderWork, derived: readonly KustomizeWork[]): ObserveTask {
  const { module, hooks, facts, cwd } = work;
  const local = derived.filter(({ source }) => source.kind === "path");
  return {
    id: taskId.render(module),
    kind: "render",
    mode: "observe",
    deps: [
      ...derived.map(({ name }) => taskId.kustomize(name)),
      ...local.map(({ name }) => taskId.kustomization(name)),
    ],
    over: watchedBy(work, derived),
    async run(inputs, ctx): Promise<Json> {
      const { emit, signal } = ctx;
      const own = derived.length > 0 ? { ...work, kustomizations: [] } : work;
      const watch = (changes: (path: string) => boolean) => {
        const ruleOf = rulesOf(own);
        const judge = (path: string) => {
          const rule = ruleOf(path);
          return rule === undefined ? undefined : { rule, changes: changes(path) };
        };
        return ctx.watch({ ...watchedBy(work, derived), judge });
      };
      // It ends only when its files are what it read: a save during the run is in its result.
      await watch(() => false);
      await runHostHooks(hooks.before, { name: "pre-render", facts, emit }, signal);
      for (let round = 1; ; round++) {
        const found = await find(own);
        const read = await complete(async (report) => {
          const raw = await readManifestFiles(found.raw, cwd, report);
          const printed = derived.map(({ name }) => inputs.get(taskId.kustomize(name)) as unknown as Kustomized);
          printed.push(...(await Promise.all(own.kustomizations.map((source) => runKustomize(source, cwd, signal)))));
          return [...raw, ...printed.flatMap((one) => kustomizedManifests(one, { emit, report }))];
        });
        const manifests = await afterHooks(work, read, ctx);
        const { stamps } = await find(own);
        // What is given on is what is there at the end: a file saved meanwhile is read, too.
        if (canonical(stamps) !== canonical(found.stamps) && round < mostRounds) continue;
        await watch((path) => (stamps[path] ?? "") !== fileStamp(path));
        const seen = local.map(({ name }) => inputs.get<KustomizationOutput>(taskId.kustomization(name)).stamps);
        const files = Object.assign({}, stamps, ...seen) as RenderOutput["files"];
        return { manifests, files } satisfies RenderOutput as unknown as Json;
      }
    },
  };
}

/** The source that reads a path, as people call it; undefined where none does. Kustomizations count as they are now. */
function rulesOf({ sources, kustomizations, cwd }: RenderWork): (path: string) => string | undefined {
  const raw = sources.map((source) => ({ rule: relative(cwd, source.pattern) || ".", reads: readsOf(source) }));
  const local = kustomizations.filter(({ kind }) => kind === "path");
  const made = local.map((source) => {
    const files = new Set(kustomizationFiles(source.directory));
    return { rule: kustomizationTarget(source, cwd), reads: (path: string) => files.has(path) };
  });
  const all = [...raw, ...made];
  return (path) => all.find(({ reads }) => reads(path))?.rule;
}

/** What a render watches itself; the files of derived kustomizations are watched by their own tasks. */
function watchedBy({ sources, kustomizations }: RenderWork, derived: readonly KustomizeWork[]): WatchedFiles {
  const raw = sources.map(watchedFor);
  const local = derived.length > 0 ? [] : kustomizations.filter(({ kind }) => kind === "path");
  return {
    roots: raw.flatMap(({ roots }) => roots),
    files: [...raw.flatMap(({ files }) => files), ...local.flatMap(({ directory }) => kustomizationFiles(directory))],
  };
}

function hasHooks({ hooks }: RenderWork): boolean {
  return hooks.before.length + hooks.after.length > 0;
}

/** The kustomizations of a module by the names of their tasks. The same folder may be there twice, with other arguments. */
function named({ module, kustomizations, cwd, seal }: RenderWork): KustomizeWork[] {
  const times = new Map<string, number>();
  return kustomizations.map((source) => {
    const target = kustomizationTarget(source, cwd);
    const nth = (times.get(target) ?? 0) + 1;
    times.set(target, nth);
    return { module, name: `${module}/${target}${nth > 1 ? ` (${nth})` : ""}`, source, cwd, seal };
  });
}

/** Whether the module's render reads a path, or would if it were there. */
export function readsOfRender({ sources, kustomizations }: Pick<RenderWork, "sources" | "kustomizations">) {
  const reads = sources.map(readsOf);
  const local = kustomizations.filter(({ kind }) => kind === "path");
  return (path: string): boolean =>
    reads.some((of) => of(path)) || local.some(({ directory }) => kustomizationFiles(directory).includes(path));
}

/** Whether every file that a render read is as it was then, and no other has come. */
export async function isUnchanged(work: RenderWork, { files }: RenderOutput): Promise<boolean> {
  const { stamps } = await find(work).catch(() => ({ stamps: undefined }));
  return stamps !== undefined && canonical(stamps) === canonical(files);
}

interface Found {
  /** Files of manifests, to be read as they are. */
  readonly raw: readonly string[];
  /** Of these and of everything that kustomize reads. */
  readonly stamps: RenderOutput["files"];
}

async function find({ sources, kustomizations }: RenderWork): Promise<Found> {
  const raw = await complete((report) => manifestFiles(sources, report));
  const local = kustomizations.filter(({ kind }) => kind === "path");
  const all = [...raw, ...local.flatMap(({ directory }) => kustomizationFiles(directory))];
  return { raw, stamps: Object.fromEntries(all.map((file) => [file, fileStamp(file)])) };
}

async function afterHooks(
  { hooks, facts }: RenderWork,
  read: readonly Manifest[],
  { emit, signal }: TaskContext,
): Promise<readonly Manifest[]> {
  let manifests = read;
  const how = { name: "post-render", facts, emit };
  await oneByOne(forThisSystem(hooks.after), how, async (hook) => {
    const stdin = printManifests(manifests.map(({ object }) => object));
    const printed = await runHostHook(hook, { ...how, stdin, keepsOutput: hook.withChange }, signal);
    if (!hook.withChange) return;
    if (printed.trim() === "")
      throw new Failure({ severity: "error", at: hook.at, message: "the post-render hook printed no manifests" });
    const source = new Source(hook.command[0] ?? "", `(output of ${hook.command[0]})`, printed);
    manifests = await complete(async (report) => readManifests(source, report));
  });
  return manifests;
}

/** What `read` gives. @throws Failure with everything that it complained of, all at once. */
async function complete<T>(read: (report: (diagnostic: Diagnostic) => void) => Promise<T>): Promise<T> {
  const complaints: Diagnostic[] = [];
  const result = await read((diagnostic) => complaints.push(diagnostic));
  const [first, ...more] = complaints;
  if (first) throw new Failure(first, ...more);
  return result;
}
