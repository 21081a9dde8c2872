/**
 * A project of manifests alone, deployed to the real cluster through the recording proxy: what the composer would make
 * of a configuration, with a ledger and records of its own.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { clusterId } from "../../src/cluster/identity.ts";
import { type ApplyFlags, usualFlags } from "../../src/deploy/apply-flags.ts";
import { type CleanupResult, cleanUp } from "../../src/deploy/cleanup.ts";
import { Ledger } from "../../src/deploy/ledger.ts";
import type { DeployTarget } from "../../src/deploy/owned-apply.ts";
import { ownerOf } from "../../src/deploy/owner.ts";
import type { Place } from "../../src/diag/diagnostic.ts";
import type { Event } from "../../src/event/event.ts";
import { sealer } from "../../src/graph/seal.ts";
import type { Task } from "../../src/graph/task.ts";
import type { DeployModule, DeployWork } from "../../src/phase/deploy-work.ts";
import { taskId } from "../../src/phase/ids.ts";
import { objectsTask } from "../../src/phase/objects.ts";
import { type RenderWork, renderTask } from "../../src/phase/render.ts";
import { memoryDocuments } from "../deploy/memory-documents.ts";
import type { ProxiedCluster } from "../rig/proxied-cluster.ts";
import { TinyRunner } from "./tiny-runner.ts";

export const here: Place = { file: "skaffold.yaml", line: 1, column: 1, length: 1, text: "" };

export interface ProjectOptions {
  readonly images?: Readonly<Record<string, string>>;
  readonly flags?: Partial<ApplyFlags>;
  readonly hooks?: DeployModule["hooks"];
  readonly renderHooks?: RenderWork["hooks"];
  readonly user?: string;
  readonly more?: Partial<DeployWork>;
}

/** One project; `session()` is what a new process on it would have. */
export class DeployedProject implements AsyncDisposable {
  readonly documents = memoryDocuments();
  readonly directory: string;
  readonly #at: ProxiedCluster;
  readonly #options: ProjectOptions;
  #runner = new TinyRunner();
  #session = 0;

  private constructor(at: ProxiedCluster, directory: string, options: ProjectOptions) {
    this.#at = at;
    this.directory = directory;
    this.#options = options;
  }

  static async open(at: ProxiedCluster, options: ProjectOptions = {}): Promise<DeployedProject> {
    return new DeployedProject(at, await mkdtemp(join(tmpdir(), "devloop-deploy-")), options);
  }

  get runner(): TinyRunner {
    return this.#runner;
  }

  async write(file: string, text: string): Promise<void> {
    const path = join(this.directory, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }

  /** Forgets what the store knows of applies; the ledger stays. */
  loseRecords(): void {
    this.#runner = new TinyRunner();
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

  async tasks(newSession: boolean, more: Partial<DeployWork> = {}): Promise<readonly Task[]> {
    if (newSession) this.#session++;
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
      labels: {},
      adopt: false,
      wait: { deadlineMs: 60_000, tolerateFailures: false },
      session: String(this.#session),
      facts: { kubeContext: "test" },
      seal: sealer("test"),
      target: async () => target,
      ...this.#options.more,
      ...more,
    };
    const render = renderTask({
      module: "app",
      cwd: this.directory,
      facts: work.facts,
      hooks: renderHooks ?? { before: [], after: [] },
      sources: [{ pattern: join(this.directory, "k8s/*.yaml"), kind: "path", isDefault: false, at: here }],
    });
    const delivered = Object.entries(images).map(
      ([image, reference]): Task => ({
        id: taskId.deliver(image),
        kind: "deliver",
        mode: "observe",
        deps: [],
        run: async () => ({ reference }),
      }),
    );
    return [render, ...delivered, objectsTask(work)];
  }

  /** One deployment by a new process. */
  async deploy(more: Partial<DeployWork> = {}): Promise<TinyRunner> {
    this.#runner.events.length = 0;
    await this.#runner.pass(await this.tasks(true, more));
    return this.#runner;
  }

  /** @throws what the first failed task threw */
  async mustDeploy(more: Partial<DeployWork> = {}): Promise<TinyRunner> {
    const runner = await this.deploy(more);
    for (const thrown of runner.failed.values()) throw thrown;
    return runner;
  }

  async cleanUp(deadlineMs = 60_000): Promise<{ readonly result: CleanupResult; readonly events: readonly Event[] }> {
    const events: Event[] = [];
    const { cluster, ledger, owner } = await this.target();
    const emit = (event: Event) => void events.push(event);
    const result = await cleanUp({ cluster, ledger, owner, deadlineMs, emit }, new AbortController().signal);
    return { result, events };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}
