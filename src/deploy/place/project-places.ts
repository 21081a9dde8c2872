/**
 * The places that the modules of a project deploy to: one for each context, with its cluster, destination of images and
 * ledgers. Unchanged settings lead to the same connection, destination or ledger as before, because work that an older
 * pass began still uses them.
 */

import { type Builders, builders } from "../../build/builders.ts";
import type { Cluster } from "../../cluster/cluster.ts";
import { type ConnectOptions, connect, connectionOf } from "../../cluster/connect/connect.ts";
import { identityOf } from "../../config/identity.ts";
import type { Module, Project } from "../../config/project.ts";
import { Failure } from "../../diag/failure.ts";
import type { Destination, Notice } from "../../image/destination.ts";
import type { Engine } from "../../image/engine/engine.ts";
import type { Credentials } from "../../image/registry/credentials.ts";
import { registryClient } from "../../image/registry/registry.ts";
import type { Target } from "../../image/target.ts";
import { shared, sharedBy } from "../../std/async/shared.ts";
import { systemClock } from "../../std/clock.ts";
import type { Store } from "../../store/store.ts";
import { deployTargets } from "../apply/deploy-targets.ts";
import type { DeployTarget } from "../apply/owned-apply.ts";
import { buildMaker } from "../ledger/build-objects.ts";
import { type DeliveryOptions, deliveryTarget, openDelivery } from "./delivery.ts";
import { type PlaceBuilds, placeBuilds } from "./place-builds.ts";

/** One cluster that modules of the project deploy to, with its destination of images and its ledgers. */
export interface ProjectPlace {
  /** The suffix of its task ids: the context's name; undefined where the project has only this place. */
  readonly scope: string | undefined;
  /** The modules that deploy there. */
  readonly modules: readonly Module[];
  /** The context's name, where the command line or a module names one. */
  readonly context: string | undefined;
  /** @throws Failure where no kubeconfig names a cluster */
  cluster(): Promise<Cluster>;
  /** Where images must be; known before the destination is open. */
  delivers(): Promise<Target>;
  destination(): Promise<Destination>;
  /** The target of a namespace's objects, with its one ledger; undefined: the kubeconfig's own namespace. */
  target(namespace: string | undefined): Promise<DeployTarget>;
  readonly builds: PlaceBuilds;
}

/** One for each context that the modules deploy to, in the order of the modules; never empty. */
export type ProjectPlaces = readonly [ProjectPlace, ...ProjectPlace[]];

/** Settings of the command line, and shared means for making places; they outlive each project. */
export interface PlaceMeans {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `--kubeconfig` */
  readonly kubeconfig: string | undefined;
  /** `--kube-context` */
  readonly kubeContext: string | undefined;
  /** `--push` */
  readonly push: boolean | undefined;
  /** What credential plugins get from the user. */
  readonly plugins?: ConnectOptions["plugins"];
  readonly engine: Engine;
  readonly credentials: Credentials;
  readonly store: Pick<Store, "documents" | "secret" | "scratch" | "tryLock">;
  readonly notice: Notice;
  /** Default: devloop's own builders. */
  readonly builders?: Builders;
  /** Disposes opened resources when the command ends. */
  readonly late: AsyncDisposableStack;
  /** The signal of the command, because connections outlive a project. */
  readonly signal: AbortSignal;
}

/** A cluster as a project reaches it. */
interface Connection {
  readonly context?: string | undefined;
  /** `Cluster.connection` where the kubeconfig was written anew since the first project was read. */
  readonly connection?: string | undefined;
}

/** The settings of a destination that may differ between projects. */
interface Way {
  readonly at: Connection;
  readonly push: boolean | undefined;
  readonly insecureRegistries: readonly string[];
  readonly engineless: boolean;
}

/** @returns a function that makes the places of a project; places with equal settings are shared between projects */
export function projectPlaces(
  means: PlaceMeans,
): (project: Project, currentContext: string | undefined) => ProjectPlaces {
  const { env, kubeconfig, plugins = {}, engine, credentials, store, notice, late, signal } = means;
  /** The context that was current at first: a session does not follow another one that becomes current. */
  let first: string | undefined;
  const optionsAt = (context: string | undefined) => ({ env, kubeconfig, plugins, context: context ?? first });
  const made = new Map<string, Connection>();
  /** Of the newest project, by context. */
  const newest = new Map<string | undefined, Connection>();
  const clusters = sharedBy(async (key) => {
    const at = JSON.parse(key) as Connection;
    const cluster = await connect(optionsAt(at.context));
    made.set(`${at.context} ${cluster.connection}`, at);
    if (at.context === undefined && cluster.context !== "in-cluster") first ??= cluster.context;
    return cluster;
  });
  /** Contexts in which a connection was asked for. */
  const used = new Set<string | undefined>();
  const clusterAt = (at: Connection) => {
    used.add(at.context);
    return clusters(JSON.stringify(at)).get();
  };
  /** As the kubeconfig is now. Where it names no usable cluster, the connection from before stays in use. */
  const connectionNow = async (context: string | undefined): Promise<Connection> => {
    if (!used.has(context)) return { context };
    const connection = await connectionOf(optionsAt(context));
    if (connection === undefined) return newest.get(context) ?? { context };
    const at = made.get(`${context} ${connection}`) ?? { context, connection };
    newest.set(context, at);
    return at;
  };
  let projects = 0;
  const delivery = ({ at, push, insecureRegistries, engineless }: Way): DeliveryOptions => ({
    engine,
    credentials,
    insecureRegistries,
    cluster: () => clusterAt(at).catch(noCluster),
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
    // The command ended while the resource was being opened.
    await opened[Symbol.asyncDispose]();
    throw new Failure("the command has ended");
  });
  const deployTarget = deployTargets(store.documents, signal);
  const maker = buildMaker(store.tryLock, notice, late);

  return (project, currentContext) => {
    const identity = identityOf(project);
    const isFirst = projects++ === 0;
    const insecureRegistries = project.modules.flatMap(({ build }) => build.insecureRegistries);
    const registry = registryClient(credentials, insecureRegistries, systemClock);
    const byContext = modulesByContext(project.modules, means.kubeContext, currentContext);
    const placeAt = (context: string | undefined, modules: readonly Module[]): ProjectPlace => {
      const at = shared(async () => (isFirst ? { context } : connectionNow(context)));
      const cluster = async () => clusterAt(await at.get());
      const target = (namespace: string | undefined) => deployTarget({ identity, cluster, namespace });
      const settings: Omit<Way, "at"> = {
        push: means.push ?? project.modules.map(({ build }) => build.local.push).find(isSet) ?? builtThere(project),
        insecureRegistries,
        engineless: isEngineless(project, means.builders ?? builders),
      };
      const way = async () => JSON.stringify({ at: await at.get(), ...settings } satisfies Way);
      return {
        scope: byContext.size < 2 ? undefined : (context ?? ""),
        modules,
        context,
        cluster,
        delivers: async () => targets(await way()).get(),
        destination: async () => destinations(await way()).get(),
        target,
        builds: placeBuilds({ cluster, target, identity, maker, documents: store.documents, registry, signal }),
      };
    };
    const [first = placeAt(means.kubeContext, []), ...others] = [...byContext].map(([context, modules]) =>
      placeAt(context, modules),
    );
    return [first, ...others];
  };
}

/**
 * The modules of each context: the context of the command line, else the module's own, else the current one. A module
 * that names no context and deploys nothing has no place of its own, because its images go where they are used.
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

/** Whether a project builds images, and none of them in an engine. */
function isEngineless({ modules }: Project, all: Builders): boolean {
  const artifacts = modules.flatMap((module) => module.artifacts);
  return artifacts.length > 0 && artifacts.every((one) => all.get(one.builder.kind)?.needsEngine(one) === false);
}

/** A project without a usable cluster can still be built. */
function noCluster(thrown: unknown): undefined {
  if (!(thrown instanceof Failure)) throw thrown;
  return undefined;
}

/** The place that a module deploys to. */
export function placeOf(places: ProjectPlaces, module: Module): ProjectPlace {
  return places.find(({ modules }) => modules.includes(module)) ?? places[0];
}

/** Images that pods of the cluster build are in a registry, and are started from there where no other ones are built. */
function builtThere({ modules }: Project): true | undefined {
  const building = modules.filter(({ artifacts }) => artifacts.length > 0);
  return building.length > 0 && building.every(({ build }) => build.cluster !== undefined) ? true : undefined;
}

function isSet<T>(value: T | undefined): value is T {
  return value !== undefined;
}
