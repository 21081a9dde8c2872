/**
 * A kustomization as tasks: its files are observed, and the objects are derived, so that kustomize starts only where a
 * file, an argument or the program changed. Where the result depends on more than files (fetched content, plugins, the
 * environment), it is derived once in each session.
 */
import { relative } from "node:path";
import { type KustomizationParts, kustomizationParts } from "../../deploy/manifests/kustomization.ts";
import { letsProgramsIn } from "../../deploy/manifests/kustomization-outside.ts";
import { type KustomizationSource, kustomizationTarget, runKustomize } from "../../deploy/manifests/kustomized.ts";
import { InputsChanged } from "../../graph/inputs-changed.ts";
import type { DeriveTask, ObserveTask, PathPart, Task } from "../../graph/task.ts";
import { canonical, type Json } from "../../std/data/json.ts";
import { hashFile } from "../../store/files/hash-file.ts";
import { kustomizeProgram } from "../../tool/kustomize.ts";
import { fileStamp, judgeOf, type Stamps } from "../file-stamp.ts";
import { taskId } from "../ids.ts";

export interface KustomizeWork {
  readonly module: string;
  /** Unique among the kustomizations of the project; shown to people. */
  readonly name: string;
  readonly source: KustomizationSource;
  /** The folder that shown paths, and paths in keys, are relative to. */
  readonly cwd: string;
  seal(value: string): string;
}

/** `files`: path relative to the working folder -> digest, or null; `stamps`: absolute path -> its stamp. */
export type KustomizationOutput = {
  readonly files: Readonly<Record<string, string | null>>;
  readonly stamps: Stamps;
  /** Whether the rendered result depends on these files alone. */
  readonly closed: boolean;
};

type ProgramOutput = { readonly path: string; readonly stamp: string } | null;

/** One task for all kustomizations of a module. */
export function kustomizeProgramTask({ module, cwd }: KustomizeWork): ObserveTask {
  return {
    id: taskId.kustomizeProgram(module),
    kind: "look",
    mode: "observe",
    deps: [],
    run: async (): Promise<ProgramOutput> => {
      const found = kustomizeProgram(cwd);
      return found ? { path: found.path, stamp: found.stamp } : null;
    },
  };
}

/** The output of `kustomize:<name>` is kustomize's output (`Kustomized`). */
export function kustomizeTasks(work: KustomizeWork): Task[] {
  const { source } = work;
  return source.kind === "address" ? [deriveTask(work)] : [observeTask(work), deriveTask(work)];
}

function observeTask({ name, source, cwd }: KustomizeWork): ObserveTask {
  const { directory } = source;
  const rule = kustomizationTarget(source, cwd);
  return {
    id: taskId.kustomization(name),
    kind: "hash",
    mode: "observe",
    deps: [],
    over: { roots: [directory], files: [] },
    async run(_inputs, { watch }): Promise<KustomizationOutput> {
      const parts = kustomizationParts(directory);
      const counts = new Set(parts.files);
      const ruleOf = (path: string) => (counts.has(path) ? rule : undefined);
      await watch({ roots: [], files: parts.files, judge: (path) => part(ruleOf(path)) });
      const output = readNow(parts, cwd);
      await watch({ roots: [], files: parts.files, judge: judgeOf(ruleOf, output.stamps, output.stamps) });
      return output;
    },
  };
}

/** Until everything is read, any change counts. */
function part(rule: string | undefined): PathPart | undefined {
  return rule === undefined ? undefined : { rule, changes: true };
}

/** Stamps are taken first, so that a file which changes while it is read has another stamp afterwards. */
function readNow({ files, closed }: KustomizationParts, cwd: string): KustomizationOutput {
  const stamps = Object.fromEntries(files.map((path) => [path, fileStamp(path)]));
  return {
    files: Object.fromEntries(files.map((path) => [relative(cwd, path), digestOf(path)])),
    stamps,
    closed,
  };
}

function digestOf(path: string): string | null {
  try {
    return hashFile(path) ?? null;
  } catch {
    // A folder, or an unreadable file: kustomize reports what is wrong with it.
    return null;
  }
}

function deriveTask({ module, name, source, cwd, seal }: KustomizeWork): DeriveTask {
  const program = taskId.kustomizeProgram(module);
  const isLocal = source.kind === "path";
  const files = taskId.kustomization(name);
  return {
    id: taskId.kustomize(name),
    kind: "derive",
    mode: "derive",
    deps: [program, ...(isLocal ? [files] : [])],
    keyParts: (inputs) => ({
      program: inputs.get<ProgramOutput>(program),
      target: kustomizationTarget(source, cwd),
      args: source.buildArgs.map(seal),
      files: isLocal ? inputs.get<KustomizationOutput>(files).files : {},
    }),
    lasts: (inputs) => isLocal && inputs.get<KustomizationOutput>(files).closed && !letsProgramsIn(source.buildArgs),
    async run(inputs, { signal }): Promise<Json> {
      const made = await runKustomize(source, cwd, signal);
      if (isLocal) refuseChanged(name, inputs.get<KustomizationOutput>(files), source, cwd);
      return { ...made };
    },
  };
}

/** @throws InputsChanged where kustomize may have read other content than the key's */
function refuseChanged(name: string, seen: KustomizationOutput, { directory }: KustomizationSource, cwd: string): void {
  const now = readNow(kustomizationParts(directory), cwd);
  if (canonical(now) === canonical(seen)) return;
  const paths = new Set([...Object.keys(seen.stamps), ...Object.keys(now.stamps)]);
  const changed = [...paths].filter((path) => seen.stamps[path] !== now.stamps[path]);
  throw new InputsChanged(
    `kustomize for ${name}`,
    changed.map((path) => relative(cwd, path)),
  );
}
