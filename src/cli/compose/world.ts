/**
 * Everything that one run of a command works with: the project, the store, the bus with its view and run log, and what
 * reaches the engine and the cluster. Only what is asked for is opened, once; disposing closes it all, newest first.
 */
import type { SourceSpec } from "../../build/builder.ts";
import type { Cluster } from "../../cluster/cluster.ts";
import { connect } from "../../cluster/connect.ts";
import type { DeployTarget } from "../../deploy/owned-apply.ts";
import { Failure } from "../../diag/failure.ts";
import type { Bus } from "../../event/bus.ts";
import type { Event } from "../../event/event.ts";
import type { Executor } from "../../graph/request.ts";
import { createExecutor } from "../../graph/run.ts";
import { type Credentials, dockerCredentials } from "../../image/credentials.ts";
import type { Destination } from "../../image/destination.ts";
import { engineEndpoint } from "../../image/endpoint.ts";
import { type Engine, engineAt } from "../../image/engine.ts";
import type { Target } from "../../image/target.ts";
import { systemClock } from "../../std/clock.ts";
import type { JsonRecord } from "../../std/json.ts";
import { openStore, type Store } from "../../store/store.ts";
import { askCredentialHelper } from "../../tool/docker-credential.ts";
import { killAll } from "../../tool/live.ts";
import type { Invocation } from "../command.ts";
import { beforeSuddenExit } from "../signals.ts";
import { statePaths } from "../state-paths.ts";
import { version } from "../version.ts";
import { openView, type ViewOptions } from "../view.ts";
import { type DeliveryOptions, deliveryTarget, openDelivery } from "./delivery.ts";
import { deployTargets } from "./deploy-targets.ts";
import { identityOf } from "./identity.ts";
import { buildLimit } from "./limits.ts";
import { type OpenProject, openProject } from "./project.ts";

export interface World extends AsyncDisposable {
  readonly invocation: Invocation;
  readonly signal: AbortSignal;
  readonly open: OpenProject;
  /** Stable between runs: the config's real path and the project's name. */
  readonly identity: string;
  readonly store: Store;
  readonly bus: Bus;
  readonly emit: (event: Event) => void;
  readonly executor: Executor;
  readonly engine: Engine;
  /** Of registries, as the Docker client keeps them. */
  readonly credentials: Credentials;
  /** Every input that the sources select, by relative path, with type, mode and content. */
  hashTree(sources: SourceSpec, signal: AbortSignal): Promise<JsonRecord>;
  /** Unique to this run. */
  readonly run: string;
  /** @throws Failure where no kubeconfig names one */
  cluster(): Promise<Cluster>;
  /** Where images have to be, known before the way there is open. */
  delivers(): Promise<Target>;
  destination(): Promise<Destination>;
  /** Where a namespace's objects go, with the one ledger for it; undefined: the kubeconfig's own namespace. */
  target(namespace: string | undefined): Promise<DeployTarget>;
  /** Ends the run's log with its outcome; whatever is not said to be done has failed. */
  ended(outcome: "ok" | "failed" | "cancelled"): void;
}

/** @throws Failure for everything that is wrong with the configuration, before anything is opened */
export async function openWorld(invocation: Invocation, text: ViewOptions["text"] = "stdout"): Promise<World> {
  const { flags, env, signal } = invocation;
  const open = await openProject(invocation);
  const { project } = open;
  await using stack = new AsyncDisposableStack();
  beforeSuddenExit(killAll);

  const logPrefix = project.modules[0]?.deploy.logs.prefix ?? "container";
  const bus = openView(invocation, systemClock, { logPrefix, text });
  const { emit } = bus;
  const store = stack.use(
    await openStore({
      ...statePaths(env),
      clock: systemClock,
      onTrouble: (diagnostic) => emit({ type: "diagnostic", diagnostic }),
    }),
  );
  const identity = identityOf(project);
  const { id: run, log } = store.startRun(identity);
  stack.use(log);
  stack.defer(bus.subscribe(log.append));
  beforeSuddenExit(() => log.flush());
  const started = systemClock.now();
  emit({ type: "run-started", command: invocation.command, argv: invocation.argv, run, version: version().version });

  const engine = engineAt(await engineEndpoint(env));
  const executor = stack.use(
    createExecutor({
      records: store.records(identity),
      durations: store.durations(identity),
      clock: systemClock,
      emit,
      limits: { build: buildLimit(project, flags.int("build-concurrency")) },
    }),
  );
  const cluster = once(() => connect({ env, ...contextOf(invocation, open) }));
  // What is opened later is closed first.
  const late = stack.use(new AsyncDisposableStack());
  const notice = (text: string) => emit({ type: "notice", level: "warning", text });
  const credentials = dockerCredentials({ env, askHelper: askCredentialHelper, clock: systemClock, notice });
  const delivery: DeliveryOptions = {
    engine,
    credentials,
    insecureRegistries: project.modules.flatMap(({ build }) => build.insecureRegistries),
    cluster: () => cluster().catch(noCluster),
    push: flags.tristate("push") ?? project.modules.map(({ build }) => build.local.push).find(isSet),
    secret: store.secret,
    notice,
  };
  const delivers = once(() => deliveryTarget(delivery, signal));
  const destination = once(async () => {
    const opened = await openDelivery(await delivers(), delivery, signal);
    if (!late.disposed) return late.use(opened);
    // A command may end while what it reached for ahead is still being opened.
    await opened[Symbol.asyncDispose]();
    throw new Failure("the command has ended");
  });
  const target = deployTargets({ cluster, documents: store.documents, identity, signal });
  const owned = stack.move();
  return {
    invocation,
    signal,
    open,
    identity,
    store,
    bus,
    emit,
    executor,
    engine,
    credentials,
    run,
    cluster,
    delivers,
    destination,
    target,
    hashTree: (sources, during) => store.hashTree(sources, during),
    ended: (outcome) => emit({ type: "run-ended", outcome, seconds: (systemClock.now() - started) / 1000 }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** @throws Failure where modules of one project deploy to different contexts and no flag decides */
function contextOf({ flags }: Invocation, { project }: OpenProject) {
  const named = [...new Set(project.modules.map(({ deploy }) => deploy.kubeContext).filter(isSet))];
  const context = flags.text("kube-context") ?? named[0];
  if (named.length > 1 && flags.text("kube-context") === undefined)
    throw new Failure({
      severity: "error",
      message: `the modules deploy to different contexts (${named.join(", ")})`,
      suggestion: "choose modules with --module, or one context with --kube-context",
    });
  return { context, kubeconfig: flags.text("kubeconfig") };
}

/** A project with no cluster to use can still be built. */
function noCluster(thrown: unknown): undefined {
  if (!(thrown instanceof Failure)) throw thrown;
  return undefined;
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

function isSet<T>(value: T | undefined): value is T {
  return value !== undefined;
}
