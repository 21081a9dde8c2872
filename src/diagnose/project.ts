/** The diagnosis of a whole project: a heading, every artifact, and the effective configuration of every module. */
import { homedir } from "node:os";
import { builders } from "../build/builders.ts";
import { buildLimit } from "../build/limits.ts";
import type { Invocation } from "../command/command.ts";
import { openToRead } from "../command/project.ts";
import { statePaths } from "../command/state-paths.ts";
import { version } from "../command/version.ts";
import { effectiveConfig } from "../config/effective/config.ts";
import type { LoadedModule } from "../config/load/load.ts";
import type { Artifact } from "../config/project.ts";
import { expandTemplated } from "../config/templated.ts";
import { systemClock } from "../std/clock.ts";
import { isJsonRecord } from "../std/data/json.ts";
import { visible } from "../std/text/visible.ts";
import { openStore } from "../store/store.ts";
import { type ArtifactDiagnosis, type DiagnosisMeans, diagnoseArtifact } from "./artifact.ts";
import { yamlOf } from "./effective-text.ts";
import { artifactLines, headingLines } from "./words.ts";

/** @throws Failure with all errors of the configuration */
export async function diagnosis(invocation: Invocation): Promise<string> {
  const { env, command, signal } = invocation;
  const loaded = await openToRead(invocation);
  const { project, modules, environment } = loaded;
  await using store = await openStore({ ...statePaths(env), clock: systemClock });
  const means: DiagnosisMeans = {
    store,
    clock: systemClock,
    command,
    expand: (template, variables) => expandTemplated(template, variables, environment),
  };
  const lines = headingLines({
    version: version().version,
    apiVersion: writtenVersion(modules),
    modules: modules.length,
    artifacts: modules.flatMap(({ module }) => module.artifacts).length,
    builds: {
      atOnce: buildLimit(project, undefined),
      asked: project.modules.some(({ build }) => build.local.concurrency !== undefined),
    },
    profiles: project.profiles,
  });
  for (const module of modules)
    for (const [i, artifact] of module.module.artifacts.entries())
      lines.push(...artifactLines(await diagnose(artifact, module, i, means, signal)));
  return `${lines.map(visible).join("\n")}\n\nConfiguration\n${yamlOf(loaded, invocation)}`;
}

async function diagnose(
  artifact: Artifact,
  of: LoadedModule,
  index: number,
  means: DiagnosisMeans,
  signal: AbortSignal,
): Promise<ArtifactDiagnosis> {
  const name = builderOf(of, index);
  const builder = builders.get(name);
  if (builder) return diagnoseArtifact(builder, artifact, of.module, means, signal);
  const { image, context } = artifact;
  return { image, builder: name, context, hints: [] };
}

/** The section of the artifact that names its builder. */
function builderOf({ module, tree }: LoadedModule, index: number): string {
  const { build } = effectiveConfig(tree, module, { home: homedir() });
  const artifacts = isJsonRecord(build) && Array.isArray(build.artifacts) ? build.artifacts : [];
  const of = artifacts[index];
  const known = ["docker", "bazel", "ko", "jib", "kaniko", "buildpacks", "custom"];
  return known.find((name) => isJsonRecord(of) && of[name] !== undefined) ?? "docker";
}

/** The root config's module is the last one: required modules come before it. */
function writtenVersion(modules: readonly LoadedModule[]): string {
  const root = modules.at(-1)?.tree;
  const entry = root?.entries.get("apiVersion")?.node;
  return entry?.source.place(entry.start, entry.end).text.replace(/^.*apiVersion:\s*/, "") ?? "";
}
