/**
 * From files to the one immutable project. Reads every module, applies profiles, fills in defaults, checks the whole,
 * and reports all diagnostics at once, in the order of the files. Throws only when it is cancelled.
 */
import { homedir } from "node:os";
import { basename } from "node:path";
import type { Diagnostic } from "../../diag/diagnostic.ts";
import { diagnosticsOf, Failure } from "../../diag/failure.ts";
import { closest } from "../../std/text/edit-distance.ts";
import { checkFiles } from "../check/files.ts";
import { checkImages } from "../check/images.ts";
import { checkPorts } from "../check/ports.ts";
import { checkSync } from "../check/sync.ts";
import { checkTemplates } from "../check/templates.ts";
import { checkTree } from "../check/tree.ts";
import { checkUndeployed } from "../check/undeployed.ts";
import { Environment } from "../environment.ts";
import { type Origin, originsOf } from "../explain.ts";
import { unknownProfile } from "../profile/activation.ts";
import type { Module, Project } from "../project.ts";
import { builtOtherwise } from "../resolve/artifact.ts";
import { resolveModule } from "../resolve/module.ts";
import { type FileChecks, realFiles, type Scope } from "../resolve/scope.ts";
import { checkComplete } from "../schema/complete.ts";
import { once, type Report } from "../schema/report.ts";
import { config } from "../schema/sections/config.ts";
import { View } from "../schema/view.ts";
import { templateFunctions } from "../template/functions.ts";
import { child, type MapNode, placeOf } from "../yaml/tree.ts";
import { readDevloopEnv, readSkaffoldEnv } from "./env-files.ts";
import { ConfigFiles } from "./files.ts";
import { finalTree } from "./finalize.ts";
import { type ChosenModule, labelOf, ModuleWalk } from "./modules.ts";
import type { LoadOptions } from "./options.ts";

export interface Loaded {
  /** Absent where a diagnostic is an error. */
  readonly project?: Project;
  /** The environment for templates that are expanded later. */
  readonly environment: Environment;
  /** Sorted by file and place; errors, warnings and hints. */
  readonly diagnostics: readonly Diagnostic[];
  /** Files to watch for a change of the project. After a failed load also the missing files that the config names. */
  readonly files: readonly string[];
  /** The project's modules with their final trees; empty where loading failed early. */
  readonly modules: readonly LoadedModule[];
  /** The origin of every final value. */
  explain(): readonly Origin[];
}

/** A module, and its document with profiles applied but without defaults. */
export interface LoadedModule {
  readonly module: Module;
  readonly tree: MapNode;
  /** The whole document before profiles were applied, and its number in its file. */
  readonly written: MapNode;
  readonly index: number;
}

export async function loadProject(options: LoadOptions): Promise<Loaded> {
  const diagnostics: Diagnostic[] = [];
  const report = once((d) => diagnostics.push(d));
  const files = new ConfigFiles(options, report);
  const loading = new Loading(options, files, report);
  let result: Finished | undefined;
  try {
    result = await loading.run();
  } catch (thrown) {
    options.signal.throwIfAborted();
    if (!(thrown instanceof Failure)) throw thrown;
    diagnostics.push(...diagnosticsOf(thrown));
  }
  const failed = diagnostics.some(({ severity }) => severity === "error");
  return {
    ...(result && !failed ? { project: result.project } : {}),
    environment: loading.environment,
    diagnostics: diagnostics.sort(byPlace),
    files: failed ? [...new Set([...files.paths(), ...loading.absent])] : files.paths(),
    modules: result?.modules ?? [],
    explain: () => result?.modules.flatMap(({ module, tree }) => originsOf(module, tree)) ?? [],
  };
}

interface Finished {
  readonly project: Project;
  readonly modules: readonly ResolvedModule[];
}

interface ResolvedModule extends LoadedModule {
  /** Images that need no Dockerfile. */
  readonly otherwise: ReadonlySet<string>;
}

class Loading {
  environment: Environment;
  /** Absolute paths that the checks of files did not find. */
  readonly absent = new Set<string>();
  readonly #options: LoadOptions;
  readonly #files: ConfigFiles;
  readonly #report: Report;
  /** Reports problems that concern only commands that build or deploy. */
  readonly #judge: Report;
  /** The Kubernetes context, once it was read. */
  #context: string | undefined;

  constructor(options: LoadOptions, files: ConfigFiles, report: Report) {
    this.#options = options;
    this.#files = files;
    this.#report = report;
    this.#judge = options.asWritten
      ? (d) => report(d.severity === "error" ? { ...d, severity: "warning" } : d)
      : report;
    this.environment = this.#environment([options.environment]);
  }

  async run(): Promise<Finished> {
    const { cwd } = this.#options;
    const root = await this.#files.root();
    this.#readEnvironment(this.#files.folderOf(root.file));
    const surroundings = {
      variable: (name: string) => this.environment.get(name),
      kubeContext: async () => (this.#context ??= await this.#currentContext()),
    };
    const walk = new ModuleWalk(this.#options, this.#files, surroundings, this.#report);
    await walk.run(root);
    this.#unknownFlags(walk);
    const modules = walk.chosen.map((chosen) => this.#module(chosen, walk.chosen.length === 1));
    this.#checkAll(modules);
    return {
      modules,
      project: {
        // The name does not depend on the chosen modules, so that a run of some modules belongs to the same project.
        name: root.documents[0]?.name || basename(this.#files.folderOf(root.file)),
        file: root.file,
        cwd,
        modules: modules.map(({ module }) => module),
        profiles: [...new Set(modules.flatMap(({ module }) => module.profiles))],
        files: this.#files.paths(),
        variables: this.environment.read(),
      },
    };
  }

  #environment(layers: readonly Readonly<Record<string, string | undefined>>[]): Environment {
    return new Environment(layers, (environment) => templateFunctions(environment, this.#options.runCommand));
  }

  #readEnvironment(folder: string): void {
    const { cwd, environment } = this.#options;
    const [devloop, skaffold] = [readDevloopEnv(folder, cwd, environment), readSkaffoldEnv(cwd, environment)];
    this.#files.note(`${cwd}/skaffold.env`);
    this.#files.note(`${folder}/devloop.env`);
    for (const diagnostic of [...devloop.diagnostics, ...skaffold.diagnostics]) this.#report(diagnostic);
    this.environment = this.#environment([environment, devloop.variables, skaffold.variables]);
    // The env files can read variables of the process, so the project depends on these variables too.
    for (const name of [...devloop.read, ...skaffold.read]) this.environment.get(name);
  }

  async #currentContext(): Promise<string> {
    const { kubeContext, currentContext } = this.#options;
    return kubeContext ?? (await currentContext?.()) ?? "";
  }

  #module(chosen: ChosenModule, alone: boolean): ResolvedModule {
    const { document, file, profiles, directory } = chosen;
    const tree = finalTree(chosen, this.#report);
    checkComplete(tree, config, this.#judge, this.#options.acting !== false);
    const view = new View(tree, config);
    const scope: Scope = {
      directory,
      cwd: this.#options.cwd,
      home: this.#options.environment.HOME ?? homedir(),
      environment: this.environment,
      files: this.#options.files ?? realFiles,
      report: this.#judge,
      keepsTemplates: this.#options.asWritten === true,
      alone,
    };
    checkTree(view, document.tree, this.#judge);
    this.#contextAgrees(chosen, tree);
    const identity = {
      name: document.name,
      id: labelOf(document),
      file,
      at: document.at,
      profiles: profiles.map(({ name }) => name),
    };
    return {
      module: resolveModule(view, identity, scope),
      tree,
      written: document.tree,
      index: document.index,
      otherwise: builtOtherwise(view.object("build")),
    };
  }

  /** Reports a profile that was activated by the Kubernetes context and sets another context to deploy to. */
  #contextAgrees({ profiles }: ChosenModule, tree: MapNode): void {
    const node = child(child(tree, "deploy"), "kubeContext");
    const by = profiles.find(({ byContext }) => byContext);
    if (!by || node?.kind !== "scalar" || node.text === this.#context || this.#options.kubeContext !== undefined)
      return;
    this.#judge({
      severity: "error",
      message: `the profile ${by.name} is active because the context is ${this.#context}, but this deploys to ${node.text}`,
      at: placeOf(node),
      suggestion: "choose with --kube-context",
    });
  }

  #unknownFlags(walk: ModuleWalk): void {
    for (const name of this.#options.profiles ?? []) {
      const bare = name.replace(/^-/, "");
      if (walk.profileNames.has(bare)) continue;
      const suggestion = unknownProfile(bare, [...walk.profileNames]);
      this.#report({
        severity: "error",
        message: `there is no profile ${JSON.stringify(bare)}`,
        ...(suggestion === undefined ? {} : { suggestion }),
      });
    }
    for (const name of this.#options.modules ?? []) {
      if (walk.names.has(name)) continue;
      const near = closest(name, walk.names);
      const suggestion =
        near === undefined ? `there are: ${[...walk.names].join(", ") || "none with a name"}` : `did you mean ${near}?`;
      this.#report({ severity: "error", message: `there is no module ${JSON.stringify(name)}`, suggestion });
    }
  }

  #checkAll(modules: readonly ResolvedModule[]): void {
    const artifacts = modules.flatMap(({ module }) => module.artifacts);
    for (const d of checkImages(artifacts)) this.#judge(d);
    for (const d of artifacts.flatMap(checkSync)) this.#judge(d);
    for (const { module } of modules) for (const d of checkTemplates(module, this.environment)) this.#judge(d);
    for (const d of checkPorts(modules.flatMap(({ module }) => module.portForward))) this.#judge(d);
    for (const d of checkUndeployed(modules.map(({ module }) => module))) this.#judge(d);
    if (this.#options.checkFiles === false) return;
    const files = notingAbsent(this.#options.files ?? realFiles, this.absent);
    const { namedFiles: named = () => [] } = this.#options;
    for (const { module, otherwise } of modules)
      for (const d of checkFiles(module, otherwise, files, named)) this.#judge(d);
  }
}

/** The same file checks; every missing path is added to `absent`. */
function notingAbsent({ isFile, isDirectory }: FileChecks, absent: Set<string>): FileChecks {
  const noted = (path: string) => {
    if (!isFile(path) && !isDirectory(path)) absent.add(path);
    return path;
  };
  return {
    isFile: (path) => isFile(noted(path)),
    isDirectory: (path) => isDirectory(noted(path)),
  };
}

function byPlace(a: Diagnostic, b: Diagnostic): number {
  if (!a.at || !b.at) return Number(Boolean(a.at)) - Number(Boolean(b.at));
  if (a.at.file !== b.at.file) return a.at.file < b.at.file ? -1 : 1;
  return a.at.line - b.at.line || a.at.column - b.at.column;
}
