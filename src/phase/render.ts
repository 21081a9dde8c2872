/**
 * From sources of manifests to the objects of one module. An observation: made in every pass and never recorded, because
 * it costs a few reads, or a call of kustomize, and its output holds secrets. Images are not in yet, so rendering waits
 * for no build; the hooks around it therefore see the references that the user wrote.
 */
import { type BigIntStats, statSync } from "node:fs";
import { Source } from "../config/yaml/source.ts";
import {
  forThisSystem,
  type HookFacts,
  type HostHook,
  oneByOne,
  runHostHook,
  runHostHooks,
} from "../deploy/host-hook.ts";
import { kustomizationFiles } from "../deploy/kustomization.ts";
import { type KustomizationSource, kustomized } from "../deploy/kustomized.ts";
import { type ManifestSource, manifestFiles, readManifestFiles } from "../deploy/manifest-files.ts";
import { readsOf } from "../deploy/manifest-paths.ts";
import { printManifests } from "../deploy/print-manifests.ts";
import { type Manifest, readManifests } from "../deploy/read-manifest.ts";
import type { Diagnostic } from "../diag/diagnostic.ts";
import { Failure } from "../diag/failure.ts";
import type { ObserveTask, TaskContext } from "../graph/task.ts";
import { canonical, type Json } from "../std/json.ts";
import { taskId } from "./ids.ts";

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
}

/** `files`: absolute path of each file that was read -> its stamp (`fileStamp`). */
export type RenderOutput = {
  readonly manifests: readonly Manifest[];
  readonly files: Readonly<Record<string, string>>;
};

/** Changes with every write of the file, or of what a link leads to; empty where it cannot be read. */
export function fileStamp(path: string): string {
  const stat = lookedAt(path);
  return stat ? `${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}` : "";
}

function lookedAt(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true });
  } catch {
    return undefined;
  }
}

/** A hook that writes manifests each time that they are read must not be followed for ever. */
const mostRounds = 5;

export function renderTask(work: RenderWork): ObserveTask {
  return {
    id: taskId.render(work.module),
    kind: "render",
    mode: "observe",
    deps: [],
    async run(_inputs, ctx): Promise<Json> {
      const { emit, signal } = ctx;
      await runHostHooks(work.hooks.before, { name: "pre-render", facts: work.facts, emit }, signal);
      for (let round = 1; ; round++) {
        const found = await find(work);
        const manifests = await afterHooks(work, await readAll(work, found.raw, ctx), ctx);
        const { stamps } = await find(work);
        // What is given on is what is there at the end: a file saved meanwhile is read, too.
        if (canonical(stamps) !== canonical(found.stamps) && round < mostRounds) continue;
        return { manifests, files: stamps } satisfies RenderOutput as unknown as Json;
      }
    },
  };
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

function readAll(
  { cwd, kustomizations }: RenderWork,
  raw: readonly string[],
  { emit, signal }: TaskContext,
): Promise<readonly Manifest[]> {
  return complete(async (report) => {
    const made = await Promise.all([
      readManifestFiles(raw, cwd, report),
      ...kustomizations.map((kustomization) => kustomized(kustomization, cwd, { emit, report }, signal)),
    ]);
    return made.flat();
  });
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
