/**
 * An artifact's `buildpacks` section: its values as the configuration has them, folders absolute, templates not yet
 * expanded. Without a builder and without buildpacks the reference tool's default builder is used, and trusted.
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import type { Artifact, Templated } from "../../config/project.ts";
import { absolutePath } from "../../config/resolve/scope.ts";
import { buildpacks } from "../../config/schema/sections/buildpacks.ts";
import { View } from "../../config/schema/view.ts";
import { templated } from "../../config/templated.ts";
import { Failure } from "../../diag/failure.ts";
import type { ArtifactSetting } from "../builder.ts";
import type { ExplicitPaths } from "../explicit-paths.ts";
import { devModeVariable } from "./dev-mode.ts";

export interface BuildpacksSection {
  /** Absent: the builder in pack's own configuration. */
  readonly builder?: string;
  readonly runImage?: string;
  /** `NAME=value` each. */
  readonly env: readonly Templated[];
  readonly buildpacks: readonly string[];
  readonly trustBuilder: boolean;
  readonly clearCache: boolean;
  /** Absolute; absent where no descriptor is named and the default one does not exist. */
  readonly descriptor?: string;
  readonly dependencies: ExplicitPaths;
  /** `host:target:options` each, the host's part absolute. */
  readonly volumes: readonly string[];
}

const usualBuilder = "gcr.io/buildpacks/builder:v1";
const usualDescriptor = "project.toml";

/** @throws Failure where an entry of `env` has no name */
export function buildpacksSection({ image, at, context, builder }: Artifact): BuildpacksSection {
  const view = builder.written && new View(builder.written, buildpacks);
  const order = view?.texts("buildpacks") ?? [];
  const named = view?.text("builder") ?? "";
  const isUsual = named === "" && order.length === 0;
  const runImage = view?.text("runImage") ?? "";
  const env = view?.scalars("env").map((node) => templated(node, "print")) ?? [];
  const nameless = env.find(({ text }) => !/^[^=]+=/.test(text));
  if (nameless)
    throw new Failure({
      severity: "error",
      message: `${JSON.stringify(nameless.text)} in buildpacks.env of ${image} is no NAME=value`,
      at: nameless.at,
    });
  const absolute = (path: string) => absolutePath(path, context, builder.home);
  const descriptor = view?.text("projectDescriptor");
  const hasDescriptor = descriptor !== undefined || statSync(join(context, usualDescriptor), { throwIfNoEntry: false });
  const dependencies = view?.object("dependencies");
  const paths = dependencies?.texts("paths") ?? [];
  const volumes = view?.objects("volumes").map((volume) => {
    const options = volume.text("options") ?? "";
    return [absolute(volume.text("host") ?? ""), volume.text("target") ?? "", ...(options ? [options] : [])].join(":");
  });
  return {
    ...(isUsual ? { builder: usualBuilder } : named === "" ? {} : { builder: named }),
    ...(runImage === "" ? {} : { runImage }),
    env,
    buildpacks: order,
    trustBuilder: isUsual || (view?.bool("trustBuilder") ?? false),
    clearCache: view?.bool("clearCache") ?? false,
    ...(hasDescriptor ? { descriptor: absolute(descriptor ?? usualDescriptor) } : {}),
    dependencies: {
      paths: dependencies === undefined || paths.length === 0 ? ["."] : paths,
      ignore: dependencies?.texts("ignore") ?? [],
      at: dependencies?.place() ?? at,
    },
    volumes: volumes ?? [],
  };
}

/**
 * The environment of the build, in the order of the configuration; a later value of a name wins. A `dev` session that
 * leaves sync to the buildpacks asks them for their development mode.
 */
export function environmentOf(
  { env }: BuildpacksSection,
  { expand, mode, artifact: { sync } }: ArtifactSetting,
): ReadonlyMap<string, string> {
  const isDevMode = mode === "dev" && sync?.kind === "auto" && sync.on;
  const pairs = env.map((text) => {
    const pair = expand(text, {});
    const end = pair.indexOf("=");
    return [pair.slice(0, end), pair.slice(end + 1)] as const;
  });
  return new Map([...(isDevMode ? [[devModeVariable, "1"] as const] : []), ...pairs]);
}
