/**
 * `devloop inspect SUBJECT ACTION`: the parts of a project as JSON for editors and delivery tools, and edits of its
 * files. Standard output is always JSON; an error is an object with `errorCode`.
 */
import { resolve } from "node:path";
import type { Invocation, Run } from "../../command/command.ts";
import { loadToRead, loadWritten, type OpenProject } from "../../command/project.ts";
import { usageError } from "../../command/usage.ts";
import { shownPath } from "../../config/load/find.ts";
import type { Loaded, LoadedModule } from "../../config/load/load.ts";
import { exitCode } from "../../diag/exit.ts";
import { isCancelled } from "../../diag/failure.ts";
import { addBuildEnv, modifyBuildEnv } from "../../inspect/build-env.ts";
import { editModules } from "../../inspect/edit.ts";
import { errorJson } from "../../inspect/error.ts";
import { addDependencies, readJson, setJobManifests } from "../../inspect/from-file.ts";
import { namespacesView } from "../../inspect/namespaces.ts";
import {
  type BuildEnvironment,
  buildEnvironments,
  buildEnvsView,
  executionModesView,
  jobManifestsView,
  modulesView,
  profilesView,
  testsView,
} from "../../inspect/views.ts";
import { visibleJson } from "../../std/text/visible.ts";

export const run: Run = async (invocation) => {
  const { args, stdout, signal } = invocation;
  const work = workOf(invocation);
  if (work === undefined) {
    const suggestion = `there are: ${subjects.join(", ")}`;
    return usageError(invocation, `nothing to inspect by ${JSON.stringify(args.join(" "))}`, suggestion);
  }
  try {
    const answer = await work();
    if (answer !== undefined) stdout.write(`${visibleJson(JSON.stringify(answer))}\n`);
    return exitCode.ok;
  } catch (thrown) {
    if (isCancelled(thrown, signal)) throw thrown;
    stdout.write(`${errorJson(thrown)}\n`);
    return exitCode.failed;
  }
};

const subjects = [
  "modules list",
  "profiles list",
  "build-env list|add|modify",
  "tests list",
  "config-dependencies add FILE",
  "executionModes list",
  "jobManifestPaths list|modify FILE",
  "namespaces list MANIFEST",
];

/** Undefined for unknown words. */
function workOf(invocation: Invocation): (() => Promise<unknown>) | undefined {
  const { args, flags, cwd } = invocation;
  const [subject, action, word] = args;
  const key = `${subject} ${action}`;
  if (word === undefined) {
    switch (key) {
      case "modules list":
        return async () => {
          const { modules, project } = await loadWritten(invocation);
          return { modules: modulesView(modules, project.file, flags.bool("all")) };
        };
      case "profiles list":
        return async () => ({
          profiles: profilesView((await loadWritten(invocation)).modules, flags.text("build-env")),
        });
      case "build-env list":
        return async () => ({ build_envs: buildEnvsView((await loadToRead(invocation)).modules) });
      case "tests list":
        return async () => ({ tests: testsView((await loadToRead(invocation)).modules) });
      case "executionModes list":
        return async () => executionModesView((await loadToRead(invocation)).modules);
      case "jobManifestPaths list":
        return async () => jobManifestsView((await loadToRead(invocation)).modules);
    }
    return undefined;
  }
  switch (key) {
    case "build-env add":
    case "build-env modify": {
      const environment = buildEnvironments.find((name) => name === word);
      return (
        environment && (() => editBuildEnv(invocation, action === "add" ? addBuildEnv : modifyBuildEnv, environment))
      );
    }
    case "config-dependencies add":
      return async () => editModules(rootModules(await loadWritten(invocation)), addDependencies(await readJson(word)));
    case "jobManifestPaths modify":
      return async () => editModules((await loadWritten(invocation)).modules, setJobManifests(await readJson(word)));
    case "namespaces list":
      return async () => {
        const file = resolve(cwd, word);
        const fallback = flags.text("namespace") ?? "default";
        return { resourceToInfoMap: await namespacesView(file, shownPath(file, cwd), fallback) };
      };
  }
  return undefined;
}

async function editBuildEnv(
  invocation: Invocation,
  edit: typeof addBuildEnv,
  environment: BuildEnvironment,
): Promise<void> {
  const { flags } = invocation;
  const loaded = await loadWritten(invocation);
  const named = flags.list("module");
  const targets =
    named.length > 0 ? loaded.modules.filter(({ module }) => named.includes(module.name)) : rootModules(loaded);
  await editModules(targets, edit(environment, flags.list("profile")[0], flags));
}

/** Modules of the requested file. */
function rootModules({ modules, project }: Loaded & OpenProject): readonly LoadedModule[] {
  return modules.filter(({ module }) => module.file === project.file);
}
