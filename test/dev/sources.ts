/** Plans and artifacts' files from a Dockerfile's text, without a disk. */
import { nothingIgnored, readIgnoreRules } from "../../src/build/docker/context/ignore-patterns.ts";
import { sourcesOf } from "../../src/build/docker/context/sources.ts";
import { readInstructions } from "../../src/build/docker/dockerfile/instructions.ts";
import type { Plan } from "../../src/build/docker/dockerfile/plan.ts";
import { readPlan } from "../../src/build/docker/dockerfile/read-plan.ts";
import type { Placer, TreeView } from "../../src/build/placement.ts";
import type { ArtifactFiles } from "../../src/dev/loop/project-files.ts";

export function planOf(dockerfile: string): Plan {
  return readPlan(readInstructions(dockerfile), {
    buildArgs: {},
    platform: "linux/amd64",
    buildPlatform: "linux/amd64",
    baseImage: () => undefined,
  });
}

/** A context that has these files. */
export function treeOf(files: readonly string[]): TreeView {
  const all = new Set(files.flatMap((file) => file.split("/").map((_, i, parts) => parts.slice(0, i + 1).join("/"))));
  return {
    exists: (path) => all.has(path),
    children: (directory) => {
      const prefix = directory === "" ? "" : `${directory}/`;
      const below = [...all].filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length));
      return below.filter((rest) => rest !== "" && !rest.includes("/"));
    },
  };
}

/** An artifact whose context is `/work/<image>`. */
export async function artifactOf(
  image: string,
  dockerfile: string,
  more: { place?: Placer; required?: boolean; ignore?: string } = {},
): Promise<ArtifactFiles> {
  const context = `/work/${image}`;
  const files = {
    context,
    dockerfile: `${context}/Dockerfile`,
    ignoreFiles: [`${context}/.dockerignore`],
    ignore: more.ignore === undefined ? nothingIgnored : readIgnoreRules(more.ignore),
  };
  return {
    image,
    sources: await sourcesOf(files, planOf(dockerfile)),
    required: more.required ?? false,
    ...(more.place ? { place: more.place } : {}),
  };
}
