/**
 * The inputs of an image that buildpacks build: the files of `dependencies`, the project descriptor, the values of the
 * section, and the content of the builder's and the run image, which contain the compilers, where the engine has them.
 */
import { relative } from "node:path";
import type { ArtifactSetting, Inspection, SourceSpec } from "../builder.ts";
import { explicitPaths } from "../explicit-paths.ts";
import { hostPlatform } from "../host-platform.ts";
import { devModePlacer } from "./dev-mode.ts";
import { type BuildpacksSection, environmentOf } from "./section.ts";

/** Raised whenever the meaning of a part below changes, so that old records do not match by accident. */
const keyFormat = 1;

/** @throws Failure where a path of `dependencies` matches nothing */
export function inspectBuildpacks(section: BuildpacksSection, setting: ArtifactSetting): Inspection {
  const { artifact, platform } = setting;
  const required = new Set(artifact.requires.map(({ alias }) => alias));
  const images = [section.builder, section.runImage].filter((name) => name !== undefined);
  const named = (name: string) => (required.has(name) ? `{{requires.${name}}}` : name);
  return {
    sources: withDescriptor(explicitPaths(section.dependencies, artifact, "buildpacks.dependencies.paths"), section),
    bases: { names: images.filter((name) => !required.has(name)), pulled: false },
    notices: [],
    auto: devModePlacer,
    keyParts: (_tag, seal) => ({
      builder: "buildpacks",
      format: keyFormat,
      platform: platform ?? hostPlatform(),
      ...(section.builder === undefined ? {} : { builderImage: named(section.builder) }),
      ...(section.runImage === undefined ? {} : { runImage: named(section.runImage) }),
      buildpacks: [...section.buildpacks],
      env: Object.fromEntries([...environmentOf(section, setting)].map(([name, value]) => [name, seal(value)])),
      trusted: section.trustBuilder,
      volumes: [...section.volumes],
      ...(section.descriptor === undefined ? {} : { descriptor: relative(artifact.context, section.descriptor) }),
    }),
  };
}

/** The descriptor counts wherever it lies, even where `dependencies` exclude it. */
function withDescriptor(sources: SourceSpec, { descriptor }: BuildpacksSection): SourceSpec {
  if (descriptor === undefined) return sources;
  const path = relative(sources.root, descriptor);
  if (!path.startsWith("..") && sources.part(path, "file") === "in") return sources;
  return { ...sources, extra: [...sources.extra, { name: "project descriptor", path: descriptor }] };
}
