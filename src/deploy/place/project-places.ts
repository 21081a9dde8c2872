/**
 * Where the modules of a project go: one place for each context that they deploy to, with the cluster, the way of images
 * and the ledgers there. Settings that stayed as they were lead to the same connection, destination or ledger as before:
 * work that an older pass began still uses them.
 */

import { type Builders, builders } from "../../build/builders.ts";
import type { Cluster } from "../../cluster/cluster.ts";
import { type ConnectOptions, connect } from "../../cluster/connect/connect.ts";
import { identityOf } from "../../config/identity.ts";
import type { Module, Project } from "../../config/project.ts";
import { Failure } from "../../diag/failure.ts";
import type { Destination, Notice } from "../../image/destination.ts";
import type { Engine } from "../../image/engine/engine.ts";
import type { Credentials } from "../../image/registry/credentials.ts";
import type { Target } from "../../image/target.ts";
import { sharedBy } from "../../std/async/shared.ts";
import type { Store } from "../../store/store.ts";
import { deployTargets } from "../apply/deploy-targets.ts";
import type { DeployTarget } from "../apply/owned-apply.ts";
import { type DeliveryOptions, deliveryTarget, openDelivery } from "./delivery.ts";

/** One cluster that modules of the project deploy to, and the way of images and objects there. */
export interface ProjectPlace {
  /** Names its tasks: the context's name; undefined where the project has this one place. */
  readonly scope: string | undefined;
  /** The modules that deploy there. */
  readonly modules: readonly Module[];
  /** The context's name, where the command line or a module names one. */
  readonly context: string | undefined;
  /** @throws Failure where no kubeconfig names one */
  cluster(): Promise<Cluster>;
  /** Where images have to be, known before the way there is open. */
  delivers(): Promise<Target>;
  destination(): Promise<Destination>;
  /** Where a namespace's objects go, with the one ledger for it; undefined: the kubeconfig's own namespace. */
  target(namespace: string | undefined): Promise<DeployTarget>;
}

/** One for each context that the modules deploy to, in the order of the modules; never none. */
export type ProjectPlaces = readonly [ProjectPlace, ...ProjectPlace[]];

/** What the command line says for every project, and what places are made with; it outlives every project. */
export interface PlaceMeans {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `--kubeconfig` */
  readonly kubeconfig: string | undefined;
  /** `--kube-context` */
  readonly kubeContext: string | undefined;
  /** `--push` */
  readonly push: boolean | undefined;
  /** What credential plugins have of a user. */
  readonly plugins?: ConnectOptions["plugins"];
  readonly engine: Engine;
  readonly credentials: Credentials;
  readonly store: Pick<Store, "documents" | "secret" | "scratch">;
  readonly notice: Notice;
  /** Default: those of devloop. */
  readonly builders?: Builders;
  /** Holds what was opened until the command ends. */
  readonly late: AsyncDisposableStack;
  /** Of the command: connections are nobody else's to end. */
  readonly signal: AbortSignal;
}

/** How a destination is reached: everything that one project may have otherwise than the next. */
interface Way {
  readonly context: string | undefined;
  readonly push: boolean | undefined;
  readonly insecureRegistries: readonly string[];
  readonly engineless: boolean;
}

/** @returns makes the places of a project; those of two projects share what they have in common */
export function projectPlaces(
  means: PlaceMeans,
): (project: Project, currentContext: string | undefined) => ProjectPlaces {
  const { env, kubeconfig, plugins = {}, engine, credentials, store, notice, late, signal } = means;
  const clusters = sharedBy((key) =>
    connect({ env, kubeconfig, plugins, ...(JSON.parse(key) as { context?: string }) }),
  );
  const clusterAt = (context: string | undefined) => clusters(JSON.stringify({ context })).get();
  const delivery = ({ context, push, insecureRegistries, engineless }: Way): DeliveryOptions => ({
    engine,
    credentials,
    insecureRegistries,
    cluster: () => clusterAt(context).catch(noCluster),
    push,
    engineless,
    secret: store.secret,
    scratch: store.scratch,
    notice,
  });
  const targets = sharedBy((key) => deliveryTarget(delivery(JSON.parse(key) as Way), signal));
  const destinations = sharedBy(async (key) => {
    const opened = await openDelivery(await targets(key).get(), delivery(JSON.parse(key) as Way), signal);
    if (!late.disposed) return late.use(opened);
    // A command may end while what it reached for ahead is still being opened.
    await opened[Symbol.asyncDispose]();
    throw new Failure("the command has ended");
  });
  const deployTarget = deployTargets(store.documents, signal);

  return (project, currentContext) => {
    const identity = identityOf(project);
    const byContext = modulesByContext(project.modules, means.kubeContext, currentContext);
    const placeAt = (context: string | undefined, modules: readonly Module[]): ProjectPlace => {
      const cluster = () => clusterAt(context);
      const way = JSON.stringify({
        context,
        push: means.push ?? project.modules.map(({ build }) => build.local.push).find(isSet),
        insecureRegistries: project.modules.flatMap(({ build }) => build.insecureRegistries),
        engineless: isEngineless(project, means.builders ?? builders),
      } satisfies Way);
      return {
        scope: byContext.size < 2 ? undefined : (context ?? ""),
        modules,
        context,
        cluster,
        delivers: () => targets(way).get(),
        destination: () => destinations(way).get(),
        target: (namespace) => deployTarget({ identity, cluster, namespace }),
      };
    };
    const [first = placeAt(means.kubeContext, []), ...others] = [...byContext].map(([context, modules]) =>
      placeAt(context, modules),
    );
    return [first, ...others];
  };
}

/**
 * The modules of each context that is deployed to: the command line's context, else the module's own, else the current
 * one. A module that names none and deploys nothing has no place of its own: its images go where they are used.
 */
export function modulesByContext(
  modules: readonly Module[],
  asked: string | undefined,
  current: string | undefined,
): ReadonlyMap<string | undefined, readonly Module[]> {
  const own = modules.find((module) => deploys(module) || module.deploy.kubeContext !== undefined);
  return Map.groupBy(modules, (module) => {
    const { kubeContext } = deploys(module)
      ? module.deploy
      : (module.deploy.kubeContext ? module : (own ?? module)).deploy;
    return asked ?? kubeContext ?? current;
  });
}

function deploys({ deploy }: Module): boolean {
  return deploy.kubectl !== undefined || deploy.helm !== undefined;
}

/** Whether a project builds something, and none of it in an engine. */
function isEngineless({ modules }: Project, all: Builders): boolean {
  const artifacts = modules.flatMap((module) => module.artifacts);
  return artifacts.length > 0 && artifacts.every((one) => all.get(one.builder.kind)?.needsEngine(one) === false);
}

/** A project with no cluster to use can still be built. */
function noCluster(thrown: unknown): undefined {
  if (!(thrown instanceof Failure)) throw thrown;
  return undefined;
}

function isSet<T>(value: T | undefined): value is T {
  return value !== undefined;
}
