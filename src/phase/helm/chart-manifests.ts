/**
 * A release of `manifests.helm` as tasks: its chart and values are observed, and the output of `helm template` is
 * derived, so that helm starts only where one of them, a flag, an image in the values or helm itself has changed.
 * Nothing is installed: the manifests are applied as all others, with images by content. A chart without a pinned
 * version, and flags that let another program or a cluster take part, are rendered once per session.
 */
import type { HelmFlags, Release } from "../../config/release.ts";
import { imagesNamed, imageVariables, type NamedReference } from "../../deploy/helm/image-values.ts";
import { isClosed, type TemplateRun, templateRelease } from "../../deploy/helm/template.ts";
import { Failure } from "../../diag/failure.ts";
import type { DeriveTask, Inputs, Task } from "../../graph/task.ts";
import type { Json } from "../../std/data/json.ts";
import { optional } from "../../std/data/optional.ts";
import type { Kustomized } from "../../tool/kustomize.ts";
import { clusterTaskId } from "../ids.ts";
import type { DeliverOutput } from "../image/deliver.ts";
import { helmTasks } from "./helm-program.ts";
import { chartTask, dependenciesTask, needsTask } from "./release-chart.ts";
import { refuseTwice } from "./release-names.ts";
import { templatesOf } from "./release-templates.ts";
import { type ChartOutput, expandRelease, type HelmOutput, type ReleaseWork, releaseIds } from "./release-work.ts";

/** Settings that the rendered releases of one module have in common. */
export interface ChartWork
  extends Pick<ReleaseWork, "scope" | "images" | "namespace" | "kubeconfig" | "expand" | "seal"> {
  readonly module: string;
  readonly kubeContext?: string;
  readonly flags: HelmFlags;
}

export interface Charts {
  readonly work: ChartWork;
  readonly releases: readonly Release[];
}

/** One release to render. */
export interface ChartSource {
  /** The task whose output is `Kustomized`: the manifests and the command that made them. */
  readonly id: string;
  /** Ids of the deliveries of the images that its values name. */
  readonly deliveries: readonly string[];
  /** For objects without a namespace. */
  readonly namespace?: string;
  /** Its files, for a render without these tasks: folders with everything below, and single files. */
  readonly files: { readonly roots: readonly string[]; readonly files: readonly string[] };
  readonly name: string;
  /** All tasks except the helm tasks of the module. */
  tasks(): readonly Task[];
  /** Runs `helm template`; `inputs` has the deliveries. */
  make(inputs: Inputs, signal: AbortSignal): Promise<Kustomized>;
}

function chartSource(work: ChartWork, release: Release): ChartSource {
  const { flags, module } = work;
  const name = `${module}/${release.name}`;
  const ids = { ...releaseIds(undefined), helm: releaseIds(moduleScope(module)).helm };
  const { deliver } = clusterTaskId(work.scope);
  const { chart, directory } = release;
  const used = imagesNamed(work.images, templatesOf(release));
  const references = (inputs: Inputs): NamedReference[] =>
    work.images.map((image) =>
      used.includes(image) ? { image, reference: inputs.get<DeliverOutput>(deliver(image)).reference } : { image },
    );
  const run = (inputs: Inputs): TemplateRun => {
    const images = references(inputs);
    const { version, appVersion } = release.packaged ?? {};
    const expand = (text: typeof version) => (text ? work.expand(text, imageVariables(images)) : undefined);
    return {
      spec: expandRelease({ ...work, force: false }, release, images),
      ...optional("overrides", release.overrides),
      ...(release.packaged
        ? { packaged: { ...optional("version", expand(version)), ...optional("appVersion", expand(appVersion)) } }
        : {}),
      cwd: directory,
      connection: { context: work.kubeContext, kubeconfig: work.kubeconfig, flags: flags.global },
      flags: flags.template,
      skipTests: release.skipTests,
    };
  };
  const make = async (inputs: Inputs, signal: AbortSignal): Promise<Kustomized> => {
    try {
      const manifests = await templateRelease(run(inputs), signal);
      return { manifests, warnings: [], command: `helm template ${release.name}` };
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown;
      throw new Failure({ ...thrown.diagnostics[0], at: release.at });
    }
  };
  const id = `template:${name}`;
  const derive: DeriveTask = {
    id,
    kind: "derive",
    mode: "derive",
    deps: [ids.chart(name), ids.helm, ...used.map(deliver)],
    keyParts(inputs) {
      const { spec, connection, ...rest } = run(inputs);
      return {
        ...inputs.get<ChartOutput>(ids.chart(name)),
        helm: inputs.get<HelmOutput>(ids.helm).version,
        chart: spec.chart,
        namespace: spec.namespace,
        spec: work.seal(JSON.stringify([spec, rest.overrides ?? null])),
        packaged: rest.packaged ?? null,
        flags: [...rest.flags, ...connection.flags].map(work.seal),
        skipTests: rest.skipTests,
        images: Object.fromEntries(
          references(inputs).flatMap(({ image, reference }) => (reference ? [[image, reference]] : [])),
        ),
      };
    },
    lasts: (inputs) => (chart.kind === "local" || chart.version !== undefined) && isClosed(run(inputs)),
    run: async (inputs, { signal }): Promise<Json> => ({ ...(await make(inputs, signal)) }),
  };
  const brings = chart.kind === "local" && !release.skipBuildDependencies;
  const { scope: _, ...named } = work;
  const observed = chartTask(named, release, brings, name);
  return {
    id,
    name,
    deliveries: used.map(deliver),
    ...optional("namespace", release.namespace),
    files: observed.over ?? { roots: [], files: [] },
    tasks: () => [
      ...(brings ? [needsTask({}, name, chart.path), dependenciesTask({}, { release, flags }, chart.path, name)] : []),
      observed,
      derive,
    ],
    make,
  };
}

/** The rendered releases of a module, each once by name. */
export function chartSources({ work, releases }: Charts): readonly ChartSource[] {
  refuseTwice(releases);
  return releases.map((release) => chartSource(work, release));
}

/** The tasks that find the helm for a module's releases. */
export function chartProgramTasks({ work, releases }: Charts): readonly Task[] {
  return releases[0] === undefined ? [] : helmTasks(moduleScope(work.module), releases[0].directory);
}

/** A scope that differs from those of a cluster's own helm tasks. */
function moduleScope(module: string): string {
  return `${module}/manifests`;
}
