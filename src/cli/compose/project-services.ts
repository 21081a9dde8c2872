/**
 * What belongs to a project: its cluster, where its images and objects go, and how much of its work runs at once. All of
 * it is made from the project here, so that a reload makes it anew. Settings that stayed as they were lead to the same
 * connection, destination or ledger as before: work that an older pass began still uses them.
 */
import type { Cluster } from "../../cluster/cluster.ts";
import { connect } from "../../cluster/connect.ts";
import type { DeployTarget } from "../../deploy/owned-apply.ts";
import { Failure } from "../../diag/failure.ts";
import type { Limits } from "../../graph/limits.ts";
import type { Credentials } from "../../image/credentials.ts";
import type { Destination, Notice } from "../../image/destination.ts";
import type { Engine } from "../../image/engine.ts";
import type { Target } from "../../image/target.ts";
import { sharedBy } from "../../std/shared.ts";
import type { Store } from "../../store/store.ts";
import type { Invocation } from "../command.ts";
import { type DeliveryOptions, deliveryTarget, openDelivery } from "./delivery.ts";
import { deployTargets } from "./deploy-targets.ts";
import { identityOf } from "./identity.ts";
import { buildLimit } from "./limits.ts";
import type { OpenProject } from "./project.ts";

export interface ProjectServices {
  readonly open: OpenProject;
  /** Stable between runs: the config's real path and the project's name. */
  readonly identity: string;
  readonly limits: Limits;
  /** @throws Failure where no kubeconfig names one */
  cluster(): Promise<Cluster>;
  /** Where images have to be, known before the way there is open. */
  delivers(): Promise<Target>;
  destination(): Promise<Destination>;
  /** Where a namespace's objects go, with the one ledger for it; undefined: the kubeconfig's own namespace. */
  target(namespace: string | undefined): Promise<DeployTarget>;
}

/** What services are made with; it outlives every project. */
export interface ServiceMeans {
  readonly invocation: Invocation;
  readonly engine: Engine;
  readonly credentials: Credentials;
  readonly store: Store;
  readonly notice: Notice;
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
}

/** @returns makes the services of a project; those of two projects share what they have in common */
export function projectServices(means: ServiceMeans): (open: OpenProject) => ProjectServices {
  const { invocation, engine, credentials, store, notice, late, signal } = means;
  const { env, flags } = invocation;
  const kubeconfig = flags.text("kubeconfig");
  const clusters = sharedBy((key) => connect({ env, kubeconfig, ...(JSON.parse(key) as { context?: string }) }));
  const clusterAt = (context: string | undefined) => clusters(JSON.stringify({ context })).get();
  const delivery = ({ context, push, insecureRegistries }: Way): DeliveryOptions => ({
    engine,
    credentials,
    insecureRegistries,
    cluster: () => clusterAt(context).catch(noCluster),
    push,
    secret: store.secret,
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

  return (open) => {
    const { project } = open;
    const identity = identityOf(project);
    const context = contextOf(invocation, open);
    const cluster = async () => clusterAt(context());
    const way = () =>
      JSON.stringify({
        context: context(),
        push: flags.tristate("push") ?? project.modules.map(({ build }) => build.local.push).find(isSet),
        insecureRegistries: project.modules.flatMap(({ build }) => build.insecureRegistries),
      } satisfies Way);
    return {
      open,
      identity,
      limits: { build: buildLimit(project, flags.int("build-concurrency")) },
      cluster,
      delivers: async () => targets(way()).get(),
      destination: async () => destinations(way()).get(),
      target: (namespace) => deployTarget({ identity, cluster, namespace }),
    };
  };
}

/** @returns the context's name; undefined: the current one. It throws where modules of one project deploy to several. */
function contextOf({ flags }: Invocation, { project }: OpenProject): () => string | undefined {
  const named = [...new Set(project.modules.map(({ deploy }) => deploy.kubeContext).filter(isSet))];
  return () => {
    const context = flags.text("kube-context") ?? named[0];
    if (named.length > 1 && flags.text("kube-context") === undefined)
      throw new Failure({
        severity: "error",
        message: `the modules deploy to different contexts (${named.join(", ")})`,
        suggestion: "choose modules with --module, or one context with --kube-context",
      });
    return context;
  };
}

/** A project with no cluster to use can still be built. */
function noCluster(thrown: unknown): undefined {
  if (!(thrown instanceof Failure)) throw thrown;
  return undefined;
}

function isSet<T>(value: T | undefined): value is T {
  return value !== undefined;
}
