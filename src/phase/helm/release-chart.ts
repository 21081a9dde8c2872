/** The inputs of a release: its chart and values by content, the chart's dependencies, and the images that it runs. */
import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import type { Release } from "../../config/release.ts";
import { Source } from "../../config/yaml/source.ts";
import { readChart } from "../../deploy/helm/chart.ts";
import { imagesNamed, imageVariables } from "../../deploy/helm/image-values.ts";
import { templateRelease } from "../../deploy/helm/template.ts";
import { imagesIn } from "../../deploy/manifests/images.ts";
import { readManifests } from "../../deploy/manifests/read-manifest.ts";
import { Failure } from "../../diag/failure.ts";
import type { Inputs, ObserveTask, Task } from "../../graph/task.ts";
import { sha256 } from "../../std/data/digest.ts";
import type { Json, JsonRecord } from "../../std/data/json.ts";
import { optional } from "../../std/data/optional.ts";
import { fileErrorWords } from "../../std/file-error.ts";
import { isBelow } from "../../std/text/below.ts";
import { helm } from "../../tool/helm.ts";
import { templatesOf } from "./release-templates.ts";
import {
  type ChartOutput,
  expandRelease,
  type HelmOutput,
  type ModuleRelease,
  type ReleaseWork,
  releaseIds,
} from "./release-work.ts";

/** The release's own name, or the one that its tasks have where it is not installed but rendered. */
type Named = string;

export function needsTask({ scope }: Pick<ReleaseWork, "scope">, name: Named, path: string): Task {
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

export function dependenciesTask(
  { scope }: Pick<ReleaseWork, "scope">,
  { release, flags }: Pick<ModuleRelease, "release" | "flags">,
  path: string,
  name: Named = release.name,
): Task {
  const ids = releaseIds(scope);
  const { directory } = release;
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
export function chartTask(
  { scope, expand, images }: Pick<ReleaseWork, "scope" | "expand" | "images">,
  release: Release,
  brings: boolean,
  name: Named = release.name,
): ObserveTask {
  const ids = releaseIds(scope);
  const { chart, directory, setFiles, valuesFiles } = release;
  const root = chart.kind === "local" ? [chart.path] : [];
  const archive = root.filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true);
  const folders = root.filter((path) => !archive.includes(path));
  // The values files may depend on images; the images' names have no effect on what is watched.
  const unknown = imageVariables(images.map((image) => ({ image, reference: image })));
  const paths = () => valuesFiles.map((file) => resolve(directory, expand(file, unknown)));
  return {
    id: ids.chart(name),
    kind: "hash",
    mode: "observe",
    deps: brings ? [ids.dependencies(name)] : [],
    over: { roots: folders, files: [...archive, ...paths(), ...setFiles.map(([, file]) => file)] },
    async run(_inputs, ctx): Promise<ChartOutput> {
      const [path] = root;
      const all = [...paths(), ...setFiles.map(([, file]) => file)];
      const beside = path === undefined ? [] : readChart(path).beside;
      await ctx.watch({
        roots: [...folders, ...beside],
        files: [...archive, ...all],
        judge(changed) {
          if (all.includes(changed)) return { rule: `values of the release ${name}`, changes: true };
          const within = [...root, ...beside].find((path) => changed === path || isBelow(changed, path));
          if (within === undefined) return undefined;
          // Helm itself writes these files for a dependency.
          const made = within !== changed && /\/charts\/[^/]+\.tgz$|\/Chart\.lock$/.test(changed);
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
    // An address is fetched by the plugin.
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
 * The project's images that a release runs, found by templating the chart again when the chart or its values change. A
 * chart that cannot be templated without its cluster counts as running all of them.
 * @param then the tasks that need to know
 */
export function imagesTask(
  work: ReleaseWork,
  one: ModuleRelease,
  then: (images: readonly string[]) => readonly Task[],
): Task {
  const { release, flags } = one;
  const ids = releaseIds(work.scope);
  const all = work.images.map((image, i) => ({ image, reference: `${image}:${marker(i)}` }));
  const spec = () => expandRelease(work, release, all);
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
      const byValue = imagesNamed(work.images, templatesOf(release));
      const connection = { context: undefined, kubeconfig: undefined, flags: flags.global };
      const run = { spec: spec(), ...optional("overrides", release.overrides), cwd: release.directory, connection };
      try {
        const printed = await templateRelease({ ...run, flags: flags.template, skipTests: false }, signal);
        const objects = readManifests(new Source("helm", "(helm template)", printed), () => undefined);
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
