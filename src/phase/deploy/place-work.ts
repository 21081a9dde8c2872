/**
 * From the modules that deploy to one cluster, and the command line, to the work of their deployment. Modules without a
 * deployer are built but not deployed, as in the reference tool. Everything is made once; a cluster is asked only when
 * a task needs it.
 */
import { resolve } from "node:path";
import type { Module, Project, Templated } from "../../config/project.ts";
import type { RenderedHelm } from "../../config/release.ts";
import { usualFlags } from "../../deploy/apply/apply-flags.ts";
import { readWaitSelectors, type WaitSelector } from "../../deploy/apply/wait-selectors.ts";
import type { ProjectPlace } from "../../deploy/place/project-places.ts";
import { optional } from "../../std/data/optional.ts";
import type { Charts } from "../helm/chart-manifests.ts";
import type { NamedImage } from "../image/named-images.ts";
import type { DeployModule, DeployWork } from "./deploy-work.ts";
import { deadlineMs, defaultNamespace, deployModules, labelsOf } from "./module-work.ts";
import type { RenderWork } from "./render.ts";

/** The command line's settings for a deployment, and what is the same for every place. */
export interface DeploySettings {
  /** `-n` */
  readonly namespace: string | undefined;
  readonly defaultRepo: string | undefined;
  /** `--status-check`, which overrides the modules' own setting. */
  readonly statusCheck: boolean | undefined;
  /** Words of `--label`. */
  readonly labels: readonly string[];
  /** Whether objects of other devloop projects and users are taken over. */
  readonly adopt: boolean;
  readonly tolerateFailures: boolean;
  /** Path of a file. */
  readonly waitSelectors: string | undefined;
  /** Ids of the modules that the command is for (`-m`); undefined: all of the project. */
  readonly chosen: ReadonlySet<string> | undefined;
  readonly kubeconfig: string | undefined;
  /** Expands a template of the configuration with the variables of images. */
  expand(template: Templated, variables: Readonly<Record<string, string>>): string;
  /** Unique to this run. */
  readonly run: string;
  seal(value: string): string;
}

export interface PlaceWork {
  readonly work: DeployWork;
  /** One for each module that applies manifests. */
  readonly renders: readonly RenderWork[];
  /** Renders for `render` of the modules with releases, which other commands install. */
  readonly printed: readonly RenderWork[];
}

/**
 * @param named each with a task that delivers it to each place
 * @throws Failure with every error in the modules' sections or on the command line
 */
export function placeWork(
  place: Pick<ProjectPlace, "scope" | "modules" | "context" | "target">,
  project: Project,
  named: readonly NamedImage[],
  settings: DeploySettings,
): PlaceWork {
  const { namespace, statusCheck, seal, run } = settings;
  const deployed = place.modules.filter(({ deploy }) => deploy.kubectl !== undefined);
  const facts = {
    runId: run,
    ...optional("defaultRepo", settings.defaultRepo),
    workDir: project.cwd,
    ...optional("kubeContext", place.context),
    ...(namespace === undefined ? {} : { namespaces: [namespace] }),
  };
  const work: DeployWork = {
    ...optional("scope", place.scope),
    modules: deployModules(deployed, statusCheck),
    ...optional("chosen", settings.chosen),
    images: named.map(({ image }) => image),
    expected: expectedImages(place.modules, project.modules, named),
    labels: labelsOf(settings.labels),
    ...optional("namespace", namespace),
    selectors: {
      allow: deployed.flatMap(({ resourceSelector }) => resourceSelector.allow),
      deny: deployed.flatMap(({ resourceSelector }) => resourceSelector.deny),
    },
    adopt: settings.adopt,
    wait: {
      deadlineMs: deadlineMs(deployed),
      tolerateFailures:
        settings.tolerateFailures || deployed.some(({ deploy }) => deploy.tolerateFailuresUntilDeadline),
    },
    ...optional("waitSelectors", waitSelectors(settings.waitSelectors, project.cwd)),
    kubectl: { ...optional("context", place.context), ...optional("kubeconfig", settings.kubeconfig) },
    session: run,
    facts,
    seal,
    target: () => place.target(namespace ?? defaultNamespace(deployed)),
  };
  const charts = ({ id }: Module, { releases, flags }: RenderedHelm): Charts => ({
    releases,
    work: {
      ...optional("scope", place.scope),
      module: id,
      images: work.images,
      ...optional("namespace", namespace),
      ...optional("kubeContext", place.context),
      ...optional("kubeconfig", settings.kubeconfig),
      flags,
      expand: settings.expand,
      seal,
    },
  });
  const render = (module: Module, helm: RenderedHelm | undefined): RenderWork => ({
    module: module.id,
    sources: module.manifests.rawYaml,
    kustomizations: module.manifests.kustomizations,
    ...(helm === undefined ? {} : { charts: charts(module, helm) }),
    cwd: project.cwd,
    hooks: module.manifests.hooks,
    facts,
    seal,
  });
  return {
    work,
    renders: deployed.map((module) => render(module, module.manifests.helm)),
    printed: place.modules.flatMap((module) => (module.deploy.helm ? [render(module, module.deploy.helm)] : [])),
  };
}

/**
 * Images that manifests should name: without those that a module builds for another cluster, and without those of
 * releases, which are known only once helm has rendered them.
 */
function expectedImages(here: readonly Module[], all: readonly Module[], named: readonly NamedImage[]): string[] {
  const hasReleases = here.some(({ deploy }) => (deploy.helm?.releases ?? []).length > 0);
  const built = new Set(here.flatMap(({ artifacts }) => artifacts.map(({ image }) => image)));
  const anywhere = new Set(all.flatMap(({ artifacts }) => artifacts.map(({ image }) => image)));
  return named.flatMap(({ image, expected }) =>
    expected && !hasReleases && (built.has(image) || !anywhere.has(image)) ? [image] : [],
  );
}

function waitSelectors(file: string | undefined, cwd: string): readonly WaitSelector[] | undefined {
  return file === undefined ? undefined : readWaitSelectors(resolve(cwd, file), file);
}

/** The work of all places as one, for printing what goes to each of them. */
export function printedWork(places: readonly [PlaceWork, ...PlaceWork[]]): PlaceWork {
  const [
    {
      work: { scope: _, ...first },
    },
  ] = places;
  const works = places.map(({ work }) => work);
  const printed = places.flatMap((place) => place.printed);
  const isPrinted = (module: string) => printed.some((render) => render.module === module);
  const applied = places.flatMap(({ renders }) => renders).filter(({ module }) => !isPrinted(module));
  const modules = works.flatMap((work) => work.modules);
  const released = printed.filter(({ module }) => !modules.some((one) => one.module === module));
  return {
    renders: [...applied, ...printed].map(unscoped),
    printed: [],
    work: {
      ...first,
      modules: [...modules, ...released.map(({ module }) => onlyPrinted(module))],
      expected: [...new Set(works.flatMap(({ expected }) => expected))],
      selectors: {
        allow: works.flatMap(({ selectors }) => selectors?.allow ?? []),
        deny: works.flatMap(({ selectors }) => selectors?.deny ?? []),
      },
    },
  };
}

/** A printed render takes its images from tasks without a cluster. */
function unscoped({ charts, ...render }: RenderWork): RenderWork {
  if (charts === undefined) return render;
  const { scope: _, ...work } = charts.work;
  return { ...render, charts: { ...charts, work } };
}

function onlyPrinted(module: string): DeployModule {
  return { module, flags: usualFlags, hooks: { before: [], after: [] }, statusCheck: false };
}
