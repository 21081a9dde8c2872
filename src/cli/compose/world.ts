/**
 * Everything that one run of a command uses: the parts of the command (the store, the bus with its view and run log,
 * the executor, the engine) and the parts of its project. Each is opened once, when it is first needed; disposing
 * closes them, newest first.
 */

import { type Builders, builders as ours } from "../../build/builders.ts";
import type { Invocation } from "../../command/command.ts";
import { type OpenProject, openProject } from "../../command/project.ts";
import { ProjectBook } from "../../command/project-book.ts";
import { statePaths } from "../../command/state-paths.ts";
import { version } from "../../command/version.ts";
import { openView, type ViewOptions } from "../../command/view.ts";
import { identityOf } from "../../config/identity.ts";
import type { LogPrefix } from "../../config/project.ts";
import type { Bus } from "../../event/bus.ts";
import type { Event } from "../../event/event.ts";
import type { Executor } from "../../graph/request.ts";
import { createExecutor } from "../../graph/run/run.ts";
import { type Engine, engineIdentity } from "../../image/engine/engine.ts";
import { openEngine } from "../../image/open-engine.ts";
import { type Credentials, dockerCredentials } from "../../image/registry/credentials.ts";
import { systemClock } from "../../std/clock.ts";
import { openStore, type Store } from "../../store/store.ts";
import { askCredentialHelper } from "../../tool/docker/docker-credential.ts";
import { killAll } from "../../tool/process/children.ts";
import { beforeSuddenExit } from "../signals.ts";
import { type ProjectServices, projectServices } from "./project-services.ts";

/** The parts of a command, which outlive every reload of a project. */
export interface CommandServices extends AsyncDisposable {
  readonly invocation: Invocation;
  readonly signal: AbortSignal;
  readonly store: Store;
  readonly bus: Bus;
  readonly emit: (event: Event) => void;
  readonly executor: Executor;
  readonly builders: Builders;
  readonly engine: Engine;
  /** Credentials of registries, as the Docker client stores them. */
  readonly credentials: Credentials;
  /** Unique to this run. */
  readonly run: string;
  /** Makes the parts of a project. */
  readonly servicesOf: (open: OpenProject) => ProjectServices;
  /** Called when a project comes into force: the view follows its settings, and records get its name. */
  follow(open: OpenProject): void;
  /** Ends the run's log with its outcome; without this call the run counts as failed. */
  ended(outcome: "ok" | "failed" | "cancelled"): void;
}

export type World = CommandServices & ProjectServices;

/** The same world with a project that was loaded again. */
export function withProject(world: World, open: OpenProject): World {
  return { ...world, ...world.servicesOf(open) };
}

/** @throws Failure for all errors of the configuration, before anything is opened */
export async function openWorld(
  invocation: Invocation,
  text: ViewOptions["text"] = "stdout",
  builders: Builders = ours,
): Promise<World> {
  const { env, signal } = invocation;
  const open = await openProject(invocation);
  const { project } = open;
  await using stack = new AsyncDisposableStack();
  beforeSuddenExit(killAll);

  const view = { ...logsOf(open), text };
  const bus = openView(invocation, systemClock, view);
  const { emit } = bus;
  const store = stack.use(
    await openStore({
      ...statePaths(env),
      clock: systemClock,
      program: `${version().version} ${version().commit}`,
      onTrouble: (diagnostic) => emit({ type: "diagnostic", diagnostic }),
    }),
  );
  const engineId = () => engineIdentity(engine, signal);
  const book = stack.use(new ProjectBook({ store, bus, identity: identityOf(project), engineId }));
  const { run, records, durations } = book;
  beforeSuddenExit(() => book.flush());
  const started = systemClock.now();
  emit({ type: "run-started", command: invocation.command, argv: invocation.argv, run, version: version().version });
  const engine = stack.use(await openEngine(env));
  const { compareTrees } = store;
  const executor = stack.use(createExecutor({ records, durations, compareTrees, clock: systemClock, emit }));
  // Resources that are opened later are closed first.
  const late = stack.use(new AsyncDisposableStack());
  const notice = (text: string) => emit({ type: "notice", level: "warning", text });
  const credentials = dockerCredentials({ env, askHelper: askCredentialHelper, clock: systemClock, notice });
  const plugins = { terminal: invocation.terminal, emit };
  const servicesOf = projectServices({
    invocation,
    plugins,
    builders,
    engine,
    credentials,
    store,
    notice,
    late,
    signal,
  });
  const owned = stack.move();
  return {
    ...servicesOf(open),
    servicesOf,
    follow(now) {
      Object.assign(view, logsOf(now));
      book.follow(identityOf(now.project));
    },
    invocation,
    signal,
    store,
    bus,
    emit,
    executor,
    builders,
    engine,
    credentials,
    run,
    ended: (outcome) => emit({ type: "run-ended", outcome, seconds: (systemClock.now() - started) / 1000 }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** How logs are shown: as the first module says, like in the reference tool. */
function logsOf({ project }: OpenProject): { logPrefix: LogPrefix; logFields: readonly string[] } {
  const { prefix = "container", jsonFields = [] } = project.modules[0]?.deploy.logs ?? {};
  return { logPrefix: prefix, logFields: jsonFields };
}
