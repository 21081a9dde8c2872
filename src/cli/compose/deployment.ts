/**
 * From the modules of a project and the flags to the work of a deployment. Modules without a deployer are built but not
 * deployed, as in the reference tool. Everything is made here once; the cluster is asked only when a task asks.
 */
import { resolve } from "node:path";
import { chosenModules } from "../../command/chosen-modules.ts";
import type { Hook, KubectlDeploy, Module } from "../../config/project.ts";
import type { HelmDeploy } from "../../config/release.ts";
import { expandTemplated } from "../../config/templated.ts";
import { readApplyFlags } from "../../deploy/apply/apply-flags.ts";
import type { DeployTarget } from "../../deploy/apply/owned-apply.ts";
import { readWaitSelectors, type WaitSelector } from "../../deploy/apply/wait-selectors.ts";
import { driverOf } from "../../deploy/helm/history.ts";
import type { HostHook } from "../../deploy/hooks/host-hook.ts";
import type { ProjectPlace } from "../../deploy/place/project-places.ts";
import type { Diagnostic } from "../../diag/diagnostic.ts";
import { Failure } from "../../diag/failure.ts";
import { sealer } from "../../graph/plan/seal.ts";
import type { DeployModule, DeployWork } from "../../phase/deploy/deploy-work.ts";
import type { Deployer } from "../../phase/deploy/deployer.ts";
import { kubectlDeployer } from "../../phase/deploy/kubectl-deployer.ts";
import type { RenderWork } from "../../phase/deploy/render.ts";
import { helmDeployer, type ReleaseOfModule } from "../../phase/helm/helm-deployer.ts";
import type { ReleaseWork } from "../../phase/helm/release-work.ts";
import { selfProgram } from "../self.ts";
import type { World } from "./world.ts";

/** What goes to one cluster. */
export interface PlaceDeployment {
  readonly place: ProjectPlace;
  readonly work: DeployWork;
  readonly renders: readonly RenderWork[];
  readonly deployers: readonly Deployer[];
  target(): Promise<DeployTarget>;
}

export interface Deployment {
  /** One for each place of the project, in their order. */
  readonly places: readonly [PlaceDeployment, ...PlaceDeployment[]];
  readonly deployers: readonly Deployer[];
}

const usualDeadlineSeconds = 600;

/** An image that manifests may name. */
export interface NamedImage {
  readonly image: string;
  /** Told of where no manifest names it: what the user builds here, or typed. */
  readonly expected: boolean;
}

/** @param named each with a task that delivers it to each place */
export function composeDeployment(world: World, named: readonly NamedImage[]): Deployment {
  const [first, ...others] = world.places;
  const places = [
    placeDeployment(world, first, named),
    ...others.map((place) => placeDeployment(world, place, named)),
  ] as const;
  return { places, deployers: places.flatMap(({ deployers }) => deployers) };
}

function placeDeployment(world: World, place: ProjectPlace, named: readonly NamedImage[]): PlaceDeployment {
  const { invocation, open, run } = world;
  const { flags } = invocation;
  const { project } = open;
  const deployed = place.modules.filter(({ deploy }) => deploy.kubectl !== undefined);
  const built = new Set(place.modules.flatMap(({ artifacts }) => artifacts.map(({ image }) => image)));
  const elsewhere = new Set(project.modules.flatMap(({ artifacts }) => artifacts.map(({ image }) => image)));
  const releases = releasesOf(place.modules, flags.tristate("status-check"));
  const namespace = flags.text("namespace");
  const facts = {
    runId: run,
    ...maybe("defaultRepo", flags.text("default-repo")),
    ...maybe("workDir", project.cwd),
    ...maybe("kubeContext", place.context),
    ...(namespace === undefined ? {} : { namespaces: [namespace] }),
  };
  const target = () => place.target(namespace ?? defaultNamespace(deployed));
  const work: DeployWork = {
    ...maybe("scope", place.scope),
    modules: deployModules(deployed, flags.tristate("status-check")),
    ...maybe("chosen", chosenModules(flags, project)),
    images: named.map(({ image }) => image),
    // What a module builds for another cluster need not be named in this one.
    // What only a release may run is known once helm has rendered it.
    expected: named.flatMap(({ image, expected }) =>
      expected && releases.length === 0 && (built.has(image) || !elsewhere.has(image)) ? [image] : [],
    ),
    labels: labelsOf(flags.list("label")),
    ...maybe("namespace", namespace),
    selectors: {
      allow: deployed.flatMap(({ resourceSelector }) => resourceSelector.allow),
      deny: deployed.flatMap(({ resourceSelector }) => resourceSelector.deny),
    },
    adopt: flags.bool("adopt"),
    wait: {
      deadlineMs: 1000 * deadlineSeconds(deployed),
      tolerateFailures:
        flags.bool("tolerate-failures-until-deadline") ||
        deployed.some(({ deploy }) => deploy.tolerateFailuresUntilDeadline),
    },
    ...maybe("waitSelectors", waitSelectors(flags.text("status-check-selectors"), project.cwd)),
    session: run,
    facts,
    seal: sealer(world.store.secret),
    target,
  };
  const renders = deployed.map(
    (module): RenderWork => ({
      module: module.id,
      sources: module.manifests.rawYaml,
      kustomizations: module.manifests.kustomizations,
      cwd: project.cwd,
      hooks: module.manifests.hooks,
      facts,
      seal: work.seal,
    }),
  );
  const deployers = [
    ...(releases.length > 0 ? [helmDeployer(releaseWork(world, place, work), releases)] : []),
    ...(deployed.length > 0 || releases.length === 0 ? [kubectlDeployer(work, renders)] : []),
  ];
  return { place, work, renders, deployers, target };
}

function releasesOf(modules: readonly Module[], statusCheck: boolean | undefined): ReleaseOfModule[] {
  return modules.flatMap(({ id, deploy }) =>
    (deploy.helm?.releases ?? []).map((release) => ({
      module: id,
      release,
      flags: (deploy.helm as HelmDeploy).flags,
      statusCheck: statusCheck ?? deploy.statusCheck ?? true,
    })),
  );
}

function releaseWork({ invocation, open }: World, { scope }: ProjectPlace, work: DeployWork): ReleaseWork {
  const { flags, env } = invocation;
  return {
    ...maybe("scope", scope),
    images: work.images,
    labels: work.labels,
    ...maybe("selectors", work.selectors),
    ...maybe("namespace", work.namespace),
    ...maybe("kubeconfig", flags.text("kubeconfig")),
    driver: driverOf(env),
    force: flags.bool("force"),
    wait: work.wait,
    program: selfProgram(),
    expand: (template, variables) => expandTemplated(template, variables, open.environment),
    seal: work.seal,
    target: work.target,
  };
}

/** The work of all places as one, for who prints what goes to each of them. */
export function printedWork({ places }: Deployment): Pick<PlaceDeployment, "work" | "renders"> {
  const [
    {
      work: { scope: _, ...work },
    },
  ] = places;
  const works = places.map((place) => place.work);
  return {
    renders: places.flatMap(({ renders }) => renders),
    work: {
      ...work,
      modules: works.flatMap(({ modules }) => modules),
      expected: [...new Set(works.flatMap(({ expected }) => expected))],
      selectors: {
        allow: works.flatMap(({ selectors }) => selectors?.allow ?? []),
        deny: works.flatMap(({ selectors }) => selectors?.deny ?? []),
      },
    },
  };
}

function waitSelectors(file: string | undefined, cwd: string): readonly WaitSelector[] | undefined {
  return file === undefined ? undefined : readWaitSelectors(resolve(cwd, file), file);
}

/** @throws Failure with every flag that is not understood */
function deployModules(modules: readonly Module[], statusCheck: boolean | undefined): DeployModule[] {
  const complaints: Diagnostic[] = [];
  const all = modules.map((module): DeployModule => {
    const { deploy } = module;
    const kubectl = deploy.kubectl as KubectlDeploy;
    return {
      module: module.id,
      flags: readApplyFlags(kubectl.flags, (diagnostic) => complaints.push(diagnostic)),
      ...maybe("defaultNamespace", kubectl.defaultNamespace),
      hooks: {
        before: [...deploy.lifecycleHooks.before, ...hostHooks(kubectl.hooks.before, complaints)],
        after: [...hostHooks(kubectl.hooks.after, complaints), ...deploy.lifecycleHooks.after],
      },
      statusCheck: statusCheck ?? deploy.statusCheck ?? true,
    };
  });
  const [first, ...more] = complaints;
  if (first) throw new Failure(first, ...more);
  return all;
}

function hostHooks(hooks: readonly Hook[], complaints: Diagnostic[]): HostHook[] {
  return hooks.flatMap((hook) => {
    if (hook.kind === "host") return [hook];
    complaints.push({ severity: "error", at: hook.at, message: "hooks in containers around a deploy are not run yet" });
    return [];
  });
}

function defaultNamespace(modules: readonly Module[]): string | undefined {
  return modules.map(({ deploy }) => deploy.kubectl?.defaultNamespace).find((name) => name !== undefined);
}

function deadlineSeconds(modules: readonly Module[]): number {
  return Math.max(0, ...modules.map(({ deploy }) => deploy.statusCheckDeadlineSeconds)) || usualDeadlineSeconds;
}

/** @throws Failure for a word that is no `key=value` */
function labelsOf(words: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    words.map((word) => {
      const [, key, value] = /^([^=]+)=(.*)$/.exec(word) ?? [];
      if (key === undefined || value === undefined)
        throw new Failure(`--label: ${JSON.stringify(word)} is not of the form KEY=VALUE`);
      return [key, value];
    }),
  );
}

function maybe<Name extends string, T>(name: Name, value: T | undefined): { readonly [N in Name]?: T } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [N in Name]?: T });
}
