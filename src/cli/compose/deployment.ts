/** Wires the deployment of a project: the work of each place from the command line, and its deployers. */
import { chosenModules } from "../../command/chosen-modules.ts";
import { expandTemplated } from "../../config/templated.ts";
import type { DeployTarget } from "../../deploy/apply/owned-apply.ts";
import type { ProjectPlace } from "../../deploy/place/project-places.ts";
import { sealer } from "../../graph/plan/seal.ts";
import type { Deployer } from "../../phase/deploy/deployer.ts";
import { kubectlDeployer } from "../../phase/deploy/kubectl-deployer.ts";
import { type DeploySettings, type PlaceWork, placeWork } from "../../phase/deploy/place-work.ts";
import { helmDeployer } from "../../phase/helm/helm-deployer.ts";
import { releaseHooksOf, releasesOf, releaseWork } from "../../phase/helm/place-releases.ts";
import type { NamedImage } from "../../phase/image/named-images.ts";
import { selfProgram } from "../self.ts";
import type { World } from "./world.ts";

/** The deployment to one cluster. */
export interface PlaceDeployment extends PlaceWork {
  readonly place: ProjectPlace;
  readonly deployers: readonly Deployer[];
  target(): Promise<DeployTarget>;
}

export interface Deployment {
  /** One for each place of the project, in order. */
  readonly places: readonly [PlaceDeployment, ...PlaceDeployment[]];
  readonly deployers: readonly Deployer[];
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
  const { invocation, open, run, store } = world;
  const { flags, env } = invocation;
  const statusCheck = flags.tristate("status-check");
  const expand: DeploySettings["expand"] = (template, variables) =>
    expandTemplated(template, variables, open.environment);
  const { work, renders, printed } = placeWork(place, open.project, named, {
    namespace: flags.text("namespace"),
    defaultRepo: flags.text("default-repo"),
    statusCheck,
    labels: flags.list("label"),
    adopt: flags.bool("adopt"),
    tolerateFailures: flags.bool("tolerate-failures-until-deadline"),
    waitSelectors: flags.text("status-check-selectors"),
    chosen: chosenModules(flags, open.project),
    kubeconfig: flags.text("kubeconfig"),
    expand,
    run,
    seal: sealer(store.secret),
  });
  const releases = releasesOf(place.modules, statusCheck);
  const ofReleases = releaseWork(work, {
    env,
    kubeconfig: flags.text("kubeconfig"),
    force: flags.bool("force"),
    program: selfProgram(),
    expand,
  });
  const deployers = [
    ...(releases.length > 0 ? [helmDeployer(ofReleases, releases, releaseHooksOf(place.modules))] : []),
    ...(renders.length > 0 || releases.length === 0 ? [kubectlDeployer(work, renders)] : []),
  ];
  // What builds left in the cluster is cleaned up together with what the deployers made.
  const { cleaners } = place.builds;
  const all = deployers.map((deployer) => ({ ...deployer, cleaners: { ...cleaners, ...deployer.cleaners } }));
  return { place, work, renders, printed, deployers: all, target: work.target };
}
