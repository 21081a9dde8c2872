/**
 * From sources of manifests to the objects of one module. Reading files is an observation, never recorded, because it
 * is cheap and its output holds secrets; kustomizations are derived. Images are inserted later, so rendering waits for
 * no build, and the hooks around it see the references that the user wrote.
 * Hooks around rendering may write the files: a module with such hooks is rendered in one task, kustomize included, at
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
import { filesBelow } from "../../deploy/manifests/files-below.ts";
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
import type { Inputs, ObserveTask, Task, TaskContext, WatchedFiles } from "../../graph/task.ts";
import { canonical, type Json } from "../../std/data/json.ts";
import { optional } from "../../std/data/optional.ts";
import { isBelow } from "../../std/text/below.ts";
import type { Kustomized } from "../../tool/kustomize.ts";
import { fileStamp, judgeOf, type Stamps } from "../file-stamp.ts";
import { type ChartSource, type Charts, chartProgramTasks, chartSources } from "../helm/chart-manifests.ts";
import { taskId } from "../ids.ts";
import { fetchedIds, fetchedManifests, fetchTasks } from "./fetched.ts";
import { type KustomizeWork, kustomizeProgramTask, kustomizeTasks } from "./kustomize.ts";

export interface RenderWork {
  /** The module's stable name. */
  readonly module: string;
  readonly sources: readonly ManifestSource[];
  /** Rendered after the sources, in the reference tool's order. */
  readonly kustomizations: readonly KustomizationSource[];
  /** Releases of `manifests.helm`, rendered last. */
  readonly charts?: Charts;
  /** The folder that shown paths are relative to. */
  readonly cwd: string;
  readonly hooks: {
    readonly before: readonly HostHook[];
    readonly after: readonly (HostHook & { readonly withChange: boolean })[];
  };
  readonly facts: HookFacts;
  /** Hides possibly secret values in keys. */
  seal(value: string): string;
}

export type RenderOutput = { readonly manifests: readonly Manifest[] };

/** Limit for a hook that writes manifests each time that they are read. */
const mostRounds = 5;

/** The render of a module, `render:<module>`, and the tasks that it depends on. */
export function renderTasks(work: RenderWork): Task[] {
  const derived = hasHooks(work) ? [] : named(work);
  const charts = work.charts === undefined ? [] : chartSources(work.charts);
  const [first] = derived;
  return [
    ...fetchTasks(work),
    ...(first ? [kustomizeProgramTask(first)] : []),
    ...derived.flatMap(kustomizeTasks),
    ...(hasHooks(work) || work.charts === undefined
      ? []
      : [...chartProgramTasks(work.charts), ...charts.flatMap((chart) => chart.tasks())]),
    renderTask(work, derived, charts),
  ];
}

/** @param derived kustomizations with tasks of their own; the render itself makes the others */
function renderTask(work: RenderWork, derived: readonly KustomizeWork[], charts: readonly ChartSource[]): ObserveTask {
  const { module, hooks, facts } = work;
  const own = {
    ...work,
    ...(derived.length > 0 ? { kustomizations: [] } : {}),
    ownCharts: hasHooks(work) ? charts : [],
  };
  const watchedFiles = () => watchedBy(own);
  return {
    id: taskId.render(module),
    kind: "render",
    mode: "observe",
    deps: [
      ...fetchedIds(work),
      ...derived.map(({ name }) => taskId.kustomize(name)),
      ...new Set(charts.flatMap(({ id, deliveries }) => (hasHooks(work) ? deliveries : [id]))),
    ],
    over: watchedFiles(),
    async run(inputs, ctx): Promise<Json> {
      const { emit, signal } = ctx;
      const watch = (read: Stamps, left?: Stamps) => {
        const { roots, files } = watchedFiles();
        // Each file is watched by itself as well, because it may be a link to another folder.
        return ctx.watch({ roots, files: [...files, ...Object.keys(read)], judge: judgeOf(rulesOf(own), read, left) });
      };
      let stamps: Stamps = {};
      try {
        // The render ends only when its files are stable, so an event during the run needs no second render.
        await watch({});
        await runHostHooks(hooks.before, { name: "pre-render", facts, emit }, signal);
        for (let round = 1; ; round++) {
          const found = await find(own);
          stamps = found.stamps;
          // From here on each file is watched by itself, including targets of links; an earlier change shows at the
          // end.
          await watch(stamps);
          const printed = derived.map(({ name }) => inputs.get(taskId.kustomize(name)) as unknown as Kustomized);
          const rendered = await Promise.all(
            charts.map(async (chart) => ({
              chart,
              made: hasHooks(work) ? await chart.make(inputs, signal) : (inputs.get(chart.id) as unknown as Kustomized),
            })),
          );
          const manifests = await afterHooks(work, await readAll(own, inputs, found.raw, printed, rendered, ctx), ctx);
          const { stamps: now } = await find(own);
          // The output is the state at the end: where a file was saved meanwhile, everything is read again.
          if (canonical(now) !== canonical(stamps) && round < mostRounds) continue;
          return { manifests } satisfies RenderOutput as unknown as Json;
        }
      } finally {
        await watch(stamps, stamps);
      }
    },
  };
}

function readAll(
  work: Pick<RenderWork, "module" | "sources" | "seal" | "cwd" | "kustomizations">,
  inputs: Inputs,
  raw: readonly string[],
  printed: readonly Kustomized[],
  rendered: readonly { readonly chart: ChartSource; readonly made: Kustomized }[],
  { emit, signal }: TaskContext,
): Promise<readonly Manifest[]> {
  const { cwd, kustomizations } = work;
  return complete(async (report) => {
    const read = [...(await readManifestFiles(raw, cwd, report)), ...fetchedManifests(work, inputs, report)];
    const made = await Promise.all(kustomizations.map((source) => runKustomize(source, cwd, signal)));
    const ofCharts = rendered.flatMap(({ chart: { namespace }, made: one }) =>
      kustomizedManifests(one, { emit, report }).map((manifest) => ({
        ...manifest,
        ...optional("namespace", namespace),
      })),
    );
    return [
      ...read,
      ...[...printed, ...made].flatMap((one) => kustomizedManifests(one, { emit, report })),
      ...ofCharts,
    ];
  });
}

/** The source that reads a path, for people; undefined where none does. Kustomizations count in their present state. */
function rulesOf({ sources, kustomizations, cwd, ownCharts }: OwnWork): (path: string) => string | undefined {
  const raw = sources.map((source) => ({ rule: relative(cwd, source.pattern) || ".", reads: readsOf(source) }));
  const local = kustomizations.filter(({ kind }) => kind === "path");
  const made = local.map((source) => {
    const files = new Set(kustomizationFiles(source.directory));
    return { rule: kustomizationTarget(source, cwd), reads: (path: string) => files.has(path) };
  });
  const charts = ownCharts.map(({ name, files: { roots, files } }) => ({
    rule: `chart of ${name}`,
    reads: (path: string) => files.includes(path) || roots.some((root) => path === root || isBelow(path, root)),
  }));
  const all = [...raw, ...made, ...charts];
  return (path) => all.find(({ reads }) => reads(path))?.rule;
}

/** What the render itself makes: charts too where hooks may write their values. */
type OwnWork = Omit<RenderWork, "charts"> & { readonly ownCharts: readonly ChartSource[] };

/** The files that a render watches; files of derived kustomizations are watched by their own tasks. */
function watchedBy({ sources, kustomizations, ownCharts }: OwnWork): WatchedFiles {
  const raw = sources.map(watchedFor);
  const local = kustomizations.filter(({ kind }) => kind === "path");
  return {
    roots: [...raw.flatMap(({ roots }) => roots), ...ownCharts.flatMap(({ files }) => files.roots)],
    files: [
      ...raw.flatMap(({ files }) => files),
      ...local.flatMap(({ directory }) => kustomizationFiles(directory)),
      ...ownCharts.flatMap(({ files }) => files.files),
    ],
  };
}

function hasHooks({ hooks }: RenderWork): boolean {
  return hooks.before.length + hooks.after.length > 0;
}

/** The kustomizations of a module by the names of their tasks. The same folder may occur twice with other arguments. */
function named({ module, kustomizations, cwd, seal }: RenderWork): KustomizeWork[] {
  const times = new Map<string, number>();
  return kustomizations.map((source) => {
    const target = kustomizationTarget(source, cwd);
    const nth = (times.get(target) ?? 0) + 1;
    times.set(target, nth);
    return { module, name: `${module}/${target}${nth > 1 ? ` (${nth})` : ""}`, source, cwd, seal };
  });
}

interface Found {
  /** Files of manifests that are read without kustomize. */
  readonly raw: readonly string[];
  /** Stamps of these files and of everything that kustomize reads. */
  readonly stamps: Stamps;
}

async function find({ sources, kustomizations, ownCharts }: OwnWork): Promise<Found> {
  const raw = await complete((report) => manifestFiles(sources, report));
  const local = kustomizations.filter(({ kind }) => kind === "path");
  const ofCharts = ownCharts.flatMap(({ files: { roots, files } }) => [
    ...roots.flatMap((root) => filesBelow(root)),
    ...files,
  ]);
  const all = [...raw, ...local.flatMap(({ directory }) => kustomizationFiles(directory)), ...ofCharts];
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

/**
 * The result of `read`.
 * @throws Failure with everything that it reported, all at once
 */
async function complete<T>(read: (report: (diagnostic: Diagnostic) => void) => Promise<T>): Promise<T> {
  const complaints: Diagnostic[] = [];
  const result = await read((diagnostic) => complaints.push(diagnostic));
  const [first, ...more] = complaints;
  if (first) throw new Failure(first, ...more);
  return result;
}
