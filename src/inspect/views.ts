/**
 * The parts of a project, as the JSON that editors and delivery tools read. Names of fields are the reference tool's.
 */
import { isAbsolute, relative } from "node:path";
import type { LoadedModule } from "../config/load/load.ts";
import { child, childItems, childText, type MapNode, type Node } from "../config/yaml/tree.ts";

type Named = Readonly<Record<string, string | boolean | undefined>>;

/** The environments that a build can have; the default is `local`. */
export const buildEnvironments = ["local", "googleCloudBuild", "cluster"] as const;
export type BuildEnvironment = (typeof buildEnvironments)[number];

/** @param all includes modules without a name */
export function modulesView(modules: readonly LoadedModule[], root: string, all: boolean): readonly Named[] {
  return modules.flatMap(({ module: { name, file } }) => {
    if (name === "" && !all) return [];
    const where = { isRemote: isRemote(file) || undefined, isRoot: file === root || undefined };
    return [{ name: name === "" ? undefined : name, path: file, ...where }];
  });
}

/** Whether the file is an address, or a file of a clone. */
function isRemote(file: string): boolean {
  return file.includes("://") || /[\\/]\.skaffold[\\/]repos[\\/]/.test(file);
}

/** @param environment only profiles that build there */
export function profilesView(modules: readonly LoadedModule[], environment: string | undefined): readonly Named[] {
  return modules.flatMap(({ module, written }) =>
    childItems(written, "profiles").flatMap((profile) => {
      if (environment !== undefined && environmentOf(profile) !== environment) return [];
      return [{ name: childText(profile, "name"), path: module.file, ...inModule(module.name) }];
    }),
  );
}

export function buildEnvsView(modules: readonly LoadedModule[]): readonly Named[] {
  return modules.map(({ module, tree }) => ({
    type: environmentOf(tree) ?? "local",
    path: module.file,
    ...inModule(module.name),
  }));
}

/** Undefined where none is written. */
function environmentOf(pipeline: Node): BuildEnvironment | undefined {
  return buildEnvironments.find((name) => child(child(pipeline, "build"), name));
}

export function testsView(modules: readonly LoadedModule[]): readonly Named[] {
  return modules.flatMap(({ module }) =>
    module.tests.flatMap(({ image, structureTests, custom }) => [
      ...structureTests.map((path) => ({
        testType: "structure-test",
        testPath: below(path, module.directory),
        image,
        ...inModule(module.name),
      })),
      ...custom.map(({ command }) => ({
        testType: "custom",
        command: command.text,
        image,
        ...inModule(module.name),
      })),
    ]),
  );
}

function below(path: string, folder: string): string {
  const short = relative(folder, path);
  return short.startsWith("..") || isAbsolute(short) ? path : short;
}

const runs = [
  ["verify", "verify"],
  ["customActions", "customAction"],
] as const;

/** Where each verify test and custom action runs; the default is `local`. */
export function executionModesView(modules: readonly LoadedModule[]): Readonly<Record<string, Named>> {
  return eachRun("ExecutionModes", modules, (run) =>
    child(child(run, "executionMode"), "kubernetesCluster") ? "kubernetesCluster" : "local",
  );
}

/** The job manifests of verify tests and custom actions that name one. */
export function jobManifestsView(modules: readonly LoadedModule[]): Readonly<Record<string, Named>> {
  return eachRun("JobManifestPaths", modules, (run) =>
    childText(child(child(run, "executionMode"), "kubernetesCluster"), "jobManifestPath"),
  );
}

function eachRun(
  suffix: string,
  modules: readonly LoadedModule[],
  tell: (run: Node) => string | undefined,
): Readonly<Record<string, Named>> {
  return Object.fromEntries(
    runs.map(([section, prefix]) => {
      const told = modules.flatMap(({ tree }) => childItems(tree, section)).map((run) => [nameOf(run), tell(run)]);
      return [`${prefix}${suffix}`, Object.fromEntries(told.filter(([, value]) => value !== undefined))];
    }),
  );
}

function nameOf(run: Node): string {
  return childText(run as MapNode, "name") ?? "";
}

function inModule(name: string): Named {
  return name === "" ? {} : { module: name };
}
