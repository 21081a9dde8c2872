/**
 * The inputs of an image that a user's command builds: the files in `dependencies`, the command itself, and the
 * platform. The tag does not count although the command gets it, because the image is the same with any tag.
 */
import { join } from "node:path";
import type { JsonRecord } from "../../std/data/json.ts";
import type { ArtifactSetting, Inspection } from "../builder.ts";
import { inferPlacer } from "../docker/dockerfile/infer.ts";
import { inspectDocker } from "../docker/inspect.ts";
import { explicitPaths } from "../explicit-paths.ts";
import { fileList } from "../file-list.ts";
import { hostPlatform } from "../host-platform.ts";
import { listedByCommand } from "./listing-command.ts";
import type { CustomDependencies, CustomSection } from "./section.ts";

/** Raised whenever the meaning of a part below changes, so that old records do not match by accident. */
const keyFormat = 1;

type Found = Pick<Inspection, "sources" | "bases" | "notices" | "infer"> & {
  readonly parts?: (seal: (value: string) => string) => JsonRecord;
};

/** @throws Failure where a path matches nothing or the listing command fails */
export async function inspectCustom(
  { buildCommand, dependencies }: CustomSection,
  setting: ArtifactSetting,
  signal: AbortSignal,
): Promise<Inspection> {
  const { sources, bases, notices, infer, parts } = await sourcesOf(dependencies, setting, signal);
  return {
    sources,
    bases,
    notices,
    ...(infer ? { infer } : {}),
    keyParts: (_tag, seal) => ({
      builder: "custom",
      format: keyFormat,
      platform: setting.platform ?? hostPlatform(),
      command: seal(setting.expand(buildCommand, {})),
      ...(parts ? { dockerfile: parts(seal) } : {}),
    }),
  };
}

async function sourcesOf(
  dependencies: CustomDependencies,
  { artifact, expand, platform }: ArtifactSetting,
  signal: AbortSignal,
): Promise<Found> {
  const { image, context, builder } = artifact;
  const none = { bases: { names: [], pulled: false }, notices: [] };
  switch (dependencies.kind) {
    case "paths":
      return { ...none, sources: explicitPaths(dependencies, artifact, "custom.dependencies.paths") };
    case "command": {
      const { command, at } = dependencies;
      const files = await listedByCommand(command, { image, cwd: builder.cwd, at }, signal);
      const absolute = files.map((file) => (file.startsWith("/") ? join(file) : join(context, file)));
      return { ...none, sources: fileList(context, absolute, "custom.dependencies.command") };
    }
    case "dockerfile": {
      const args = Object.entries(dependencies.buildArgs).map(
        ([name, value]) => [name, value === null ? null : expand(value, {})] as const,
      );
      const spec = {
        context,
        dockerfile: dependencies.path,
        buildArgs: Object.fromEntries(args),
        ...(platform === undefined ? {} : { platform }),
      };
      const { sources, bases, notices, plan, keyParts } = await inspectDocker(spec);
      return {
        sources,
        bases,
        notices,
        infer: (patterns, tree) => inferPlacer(patterns, plan, tree),
        parts: (seal) => keyParts(spec, seal),
      };
    }
  }
}
