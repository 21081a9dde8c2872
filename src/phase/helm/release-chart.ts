/** What a release is made from: its chart and values by content, the chart's dependencies, and the images that it runs. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Release } from "../../config/release.ts";
import { Source } from "../../config/yaml/source.ts";
import { valueArguments } from "../../deploy/helm/arguments.ts";
import { readChart } from "../../deploy/helm/chart.ts";
import { imageVariables } from "../../deploy/helm/image-values.ts";
import { imagesIn } from "../../deploy/manifests/images.ts";
import { readManifests } from "../../deploy/manifests/read-manifest.ts";
import { Failure } from "../../diag/failure.ts";
import type { Inputs, ObserveTask, Task } from "../../graph/task.ts";
import { sha256 } from "../../std/data/digest.ts";
import type { Json, JsonRecord } from "../../std/data/json.ts";
import { fileErrorWords } from "../../std/file-error.ts";
import { helm } from "../../tool/helm.ts";
import {
  type ChartOutput,
  expandRelease,
  type HelmOutput,
  type ModuleRelease,
  type ReleaseWork,
  releaseIds,
} from "./release-work.ts";

export function needsTask({ scope }: ReleaseWork, { name }: Release, path: string): Task {
  return {
    id: releaseIds(scope).needs(name),
    kind: "look",
    mode: "observe",
    deps: [],
    run: async () => {
      const { dependencies, lacking } = readChart(path);
      return { dependencies: dependencies as unknown as Json, lacking };
    },
  };
}

export function dependenciesTask({ scope }: ReleaseWork, { release, flags }: ModuleRelease, path: string): Task {
  const ids = releaseIds(scope);
  const { name, directory } = release;
  const needs = (inputs: Inputs) => inputs.get<{ dependencies: Json; lacking: readonly string[] }>(ids.needs(name));
  return {
    id: ids.dependencies(name),
    kind: "look",
    mode: "act",
    deps: [ids.needs(name)],
    keyParts: (inputs) => ({ dependencies: needs(inputs).dependencies, flags: flags.depBuild }),
    valid(_output, inputs) {
      const { lacking } = needs(inputs);
      if (lacking.length === 0) return { valid: true, proof: "charts/ has all of them" };
      return { valid: false, reason: `charts/ lacks ${lacking.join(", ")}` };
    },
    async run(inputs, { signal }) {
      if (needs(inputs).lacking.length > 0)
        await helm({ args: ["dependency", "build", path, ...flags.depBuild], cwd: directory }, signal);
      return null;
    },
  };
}

/** The chart's files and the values files by content. */
export function chartTask({ scope, expand, images }: ReleaseWork, release: Release, brings: boolean): ObserveTask {
  const ids = releaseIds(scope);
  const { name, chart, directory, setFiles, valuesFiles } = release;
  const root = chart.kind === "local" ? [chart.path] : [];
  // Which files are meant may depend on images; what they are called does not change what is watched here.
  const unknown = imageVariables(images.map((image) => ({ image, reference: image })));
  const paths = () => valuesFiles.map((file) => resolve(directory, expand(file, unknown)));
  return {
    id: ids.chart(name),
    kind: "hash",
    mode: "observe",
    deps: brings ? [ids.dependencies(name)] : [],
    over: { roots: root, files: [...paths(), ...setFiles.map(([, file]) => file)] },
    async run(_inputs, ctx): Promise<ChartOutput> {
      const [path] = root;
      const all = [...paths(), ...setFiles.map(([, file]) => file)];
      const beside = path === undefined ? [] : readChart(path).beside;
      await ctx.watch({
        roots: [...root, ...beside],
        files: all,
        judge(changed) {
          if (all.includes(changed)) return { rule: `values of the release ${name}`, changes: true };
          const within = [...root, ...beside].find((folder) => changed.startsWith(`${folder}/`));
          if (within === undefined) return undefined;
          // What helm puts there for a dependency is its own work.
          const made = /\/charts\/[^/]+\.tgz$|\/Chart\.lock$/.test(changed);
          return { rule: `chart of the release ${name}`, changes: !made };
        },
      });
      const { files } = path === undefined ? { files: {} } : readChart(path);
      const values = Object.fromEntries(all.map((file) => [file, digestOf(file, release)] as const));
      return { files, values };
    },
  };
}

function digestOf(file: string, { at, useHelmSecrets }: Release): string {
  try {
    return sha256(readFileSync(file));
  } catch (cause) {
    // The plugin fetches what is no file.
    if (useHelmSecrets && file.includes("://")) return file;
    throw new Failure({
      severity: "error",
      at,
      message: `cannot read the values file ${file}: ${fileErrorWords(cause)}`,
    });
  }
}

export type ChartImages = { readonly images: readonly string[] };

/**
 * Which of the project's images a release runs: told by a template of the chart, made when the chart or its values
 * change. A chart that cannot be templated without its cluster is taken to run all of them.
 * @param then the tasks that need to know
 */
export function imagesTask(
  work: ReleaseWork,
  one: ModuleRelease,
  then: (images: readonly string[]) => readonly Task[],
): Task {
  const { release, flags } = one;
  const ids = releaseIds(work.scope);
  const marked = work.images.map((image, i) => ({ image, reference: `${image}:${marker(i)}` }));
  const spec = () => expandRelease(work, release, marked);
  const parts = (inputs: Inputs): JsonRecord => {
    const { set, setTemplates, ...rest } = spec();
    return {
      ...inputs.get<ChartOutput>(ids.chart(release.name)),
      helm: inputs.get<HelmOutput>(ids.helm).version,
      release: rest as unknown as JsonRecord,
      set: work.seal(JSON.stringify([set, setTemplates, release.overrides ?? null])),
      flags: flags.template,
      images: work.images,
    };
  };
  return {
    id: ids.images(release.name),
    kind: "derive",
    mode: "derive",
    deps: [ids.chart(release.name), ids.helm],
    keyParts: parts,
    async run(_inputs, { signal }): Promise<ChartImages> {
      if (work.images.length === 0) return { images: [] };
      const { chart, set, setTemplates, version, repo, namespace, valuesFiles } = spec();
      const named = JSON.stringify([set, setTemplates, valuesFiles]);
      const byValue = work.images.filter((_, i) => named.includes(marker(i)));
      const args = [
        ...(release.useHelmSecrets ? ["secrets"] : []),
        "template",
        release.name,
        chart,
        ...flags.template,
        ...(version === undefined ? [] : ["--version", version]),
        ...(repo === undefined ? [] : ["--repo", repo]),
        ...(namespace === "" ? [] : ["--namespace", namespace]),
        ...valueArguments(spec()),
      ];
      try {
        const { stdout } = await helm({ args, cwd: release.directory }, signal);
        const objects = readManifests(new Source("helm", "(helm template)", stdout), () => undefined);
        const used = new Set(objects.flatMap(({ object }) => imagesIn(object, work.images, work.selectors)));
        return { images: work.images.filter((image) => used.has(image) || byValue.includes(image)) };
      } catch (thrown) {
        if (signal.aborted || !(thrown instanceof Failure)) throw thrown;
        return { images: work.images };
      }
    },
    expand: (output) => then((output as ChartImages).images),
  };
}

/** A tag that no image has. */
function marker(i: number): string {
  return `devloop-image-${i}-`;
}
