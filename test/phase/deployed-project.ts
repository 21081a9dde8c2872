/**
 * A project of manifests alone, deployed to the real cluster through the recording proxy: what the composer would make
 * of a configuration, with a ledger and records of its own.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { clusterId } from "../../src/cluster/connect/identity.ts";
import { type ApplyFlags, usualFlags } from "../../src/deploy/apply/apply-flags.ts";
import type { DeployTarget } from "../../src/deploy/apply/owned-apply.ts";
import { ownerOf } from "../../src/deploy/apply/owner.ts";
import { type CleanupResult, cleanUp } from "../../src/deploy/ledger/cleanup.ts";
import { Ledger } from "../../src/deploy/ledger/ledger.ts";
import type { Diagnostic, Place } from "../../src/diag/diagnostic.ts";
import { Failure } from "../../src/diag/failure.ts";
import type { Event } from "../../src/event/event.ts";
import { sealer } from "../../src/graph/plan/seal.ts";
import type { Executor, PassRequest } from "../../src/graph/request.ts";
import { createExecutor } from "../../src/graph/run/run.ts";
import type { Task } from "../../src/graph/task.ts";
import type { DeployModule, DeployWork } from "../../src/phase/deploy/deploy-work.ts";
import { objectsTask } from "../../src/phase/deploy/objects.ts";
import { type RenderWork, renderTasks } from "../../src/phase/deploy/render.ts";
import { taskId } from "../../src/phase/ids.ts";
import { systemClock } from "../../src/std/clock.ts";
import { memoryDocuments } from "../deploy/memory-documents.ts";
import { memoryDurations, memoryRecords } from "../rig/graph-session.ts";
import type { ProxiedCluster } from "../rig/proxied-cluster.ts";

export const here: Place = { file: "skaffold.yaml", line: 1, column: 1, length: 1, text: "" };

/** As a reference: the delivery of the image fails. */
export const broken = "broken";

export interface ProjectOptions {
  readonly images?: Readonly<Record<string, string>>;
  readonly flags?: Partial<ApplyFlags>;
  readonly hooks?: DeployModule["hooks"];
  readonly renderHooks?: RenderWork["hooks"];
  readonly user?: string;
  readonly more?: Partial<DeployWork>;
}

/** What one deployment did. */
export interface Deployment {
  readonly outcome: string;
  /** What a person would be told: no bookkeeping of tasks. */
  readonly events: readonly Event[];
  /** Ids of applies, waits and hooks that ran. */
  readonly ran: readonly string[];
  /** First complaint of each task that failed. */
  readonly failed: ReadonlyMap<string, Diagnostic>;
}

/** A process that deploys: passes may supersede each other. */
export interface Session extends AsyncDisposable {
  readonly events: readonly Event[];
  pass(request?: Partial<PassRequest>, more?: Partial<DeployWork>): Promise<Deployment>;
}

/** One project; `session()` is what a new process on it would have. */
export class DeployedProject implements AsyncDisposable {
  readonly documents = memoryDocuments();
  readonly directory: string;
  readonly #at: ProxiedCluster;
  readonly #options: ProjectOptions;
  #records = memoryRecords();
  #session = 0;

  private constructor(at: ProxiedCluster, directory: string, options: ProjectOptions) {
    this.#at = at;
    this.directory = directory;
    this.#options = options;
  }

  static async open(at: ProxiedCluster, options: ProjectOptions = {}): Promise<DeployedProject> {
    return new DeployedProject(at, await mkdtemp(join(tmpdir(), "devloop-deploy-")), options);
  }

  async write(file: string, text: string): Promise<void> {
    const path = join(this.directory, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }

  /** Outputs of everything that was recorded, as text. */
  recorded(tasks: readonly string[]): string {
    return JSON.stringify(tasks.map((task) => [this.#records.outputs(task), this.#records.last(task)]));
  }

  /** Forgets what the store knows of applies; the ledger stays. */
  loseRecords(): void {
    this.#records = memoryRecords();
  }

  async target(): Promise<DeployTarget> {
    const signal = new AbortController().signal;
    const { cluster, namespace } = this.#at;
    const identity = { project: this.directory, cluster: await clusterId(cluster, signal), namespace };
    return {
      cluster,
      clusterId: identity.cluster,
      namespace,
      owner: ownerOf(this.directory, this.#options.user ?? "tester"),
      ledger: await Ledger.open(this.documents, identity),
    };
  }

  async #tasks(session: string, more: Partial<DeployWork>): Promise<readonly Task[]> {
    const { images = {}, flags, hooks, renderHooks } = this.#options;
    const target = await this.target();
    const work: DeployWork = {
      modules: [
        {
          module: "app",
          flags: { ...usualFlags, ...flags },
          hooks: hooks ?? { before: [], after: [] },
          statusCheck: true,
        },
      ],
      images: Object.keys(images),
      expected: Object.keys(images),
      labels: {},
      adopt: false,
      wait: { deadlineMs: 300_000, tolerateFailures: false },
      session,
      facts: { kubeContext: "test" },
      seal: sealer("test"),
      target: async () => target,
      ...this.#options.more,
      ...more,
    };
    const render = renderTasks({
      module: "app",
      cwd: this.directory,
      facts: work.facts,
      seal: work.seal,
      hooks: renderHooks ?? { before: [], after: [] },
      kustomizations: [],
      sources: [{ pattern: join(this.directory, "k8s/*.yaml"), kind: "path", isDefault: false, at: here }],
    });
    const delivered = Object.entries(images).map(
      ([image, reference]): Task => ({
        id: taskId.deliver(image),
        kind: "deliver",
        mode: "observe",
        deps: [],
        async run() {
          if (reference === broken) throw new Failure(`${image} cannot be delivered`);
          return { reference };
        },
      }),
    );
    return [...render, ...delivered, objectsTask(work)];
  }

  session(): Session {
    const id = String(++this.#session);
    const events: Event[] = [];
    const executor: Executor = createExecutor({
      records: this.#records,
      durations: memoryDurations(),
      clock: systemClock,
      emit: (event) => events.push(event),
    });
    return {
      events,
      pass: async (request = {}, more = {}) => {
        const from = events.length;
        const tasks = await this.#tasks(id, more);
        const signal = new AbortController().signal;
        const result = await executor.pass({ tasks, signal, onFailure: "continue", ...request });
        const mine = events.slice(from);
        const ran = mine.flatMap((event) => (event.type === "task-started" ? [event.task] : []));
        return {
          outcome: result.outcome,
          events: mine.filter((event) => !event.type.startsWith("task-")),
          ran: ran.filter((task) => /^(?:apply|wait|hook):/.test(task)),
          failed: new Map(result.failed.flatMap(({ task, diagnostics: [first] }) => (first ? [[task, first]] : []))),
        };
      },
      [Symbol.asyncDispose]: () => executor[Symbol.asyncDispose](),
    };
  }

  /** One deployment by a new process. */
  async deploy(more: Partial<DeployWork> = {}): Promise<Deployment> {
    await using session = this.session();
    return await session.pass({}, more);
  }

  /** @throws Failure with what the first failed task complained of */
  async mustDeploy(more: Partial<DeployWork> = {}): Promise<Deployment> {
    const deployment = await this.deploy(more);
    for (const diagnostic of deployment.failed.values()) throw new Failure(diagnostic);
    return deployment;
  }

  async cleanUp(
    deadlineMs = 60_000,
    longMs = deadlineMs,
  ): Promise<{ readonly result: CleanupResult; readonly events: readonly Event[] }> {
    const events: Event[] = [];
    const { cluster, ledger, owner, namespace } = await this.target();
    const emit = (event: Event) => void events.push(event);
    const options = { cluster, ledger, owner, namespace, deadlineMs, longMs, emit };
    const result = await cleanUp(options, new AbortController().signal);
    return { result, events };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}
