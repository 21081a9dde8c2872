/**
 * Artifacts, an engine and a node in memory: what the tasks of images do with them, in passes that share their records.
 * A build gives the image that its inputs and its bases name, so that the same inputs give the same id.
 */
import { Failure } from "../../src/diag/failure.ts";
import type { CompareTrees } from "../../src/graph/plan/key.ts";
import type { Executor } from "../../src/graph/request.ts";
import { createExecutor } from "../../src/graph/run/run.ts";
import type { Task } from "../../src/graph/task.ts";
import type { DeliverableImage, Destination } from "../../src/image/destination.ts";
import type { Engine } from "../../src/image/engine/engine.ts";
import { fullName, type ImageId } from "../../src/image/reference.ts";
import type { Holders, Sources } from "../../src/image/source/open-source.ts";
import { registryOfBuilds, taskId } from "../../src/phase/ids.ts";
import type { ArtifactWork } from "../../src/phase/image/artifact.ts";
import { basesTask } from "../../src/phase/image/bases.ts";
import { type BuildOutput, buildTask } from "../../src/phase/image/build.ts";
import { deliverTasks, destinationTask, listingTask } from "../../src/phase/image/deliver.ts";
import { engineTask, locateTask } from "../../src/phase/image/engine.ts";
import { hashTask } from "../../src/phase/image/hash.ts";
import { nameTask } from "../../src/phase/image/name.ts";
import { neededTask } from "../../src/phase/image/needed.ts";
import { readersOf } from "../../src/phase/image/required.ts";
import { tagTask } from "../../src/phase/image/tag.ts";
import { sha256 } from "../../src/std/data/digest.ts";
import { treeMark } from "../../src/store/tree/mark.ts";
import { verdictWords } from "../../src/ui/verdict-words.ts";
import { memoryDurations, memoryRecords } from "../rig/graph-session.ts";
import { virtualClock } from "../rig/virtual-clock.ts";

export class FakeArtifacts {
  readonly records = memoryRecords();
  /** Full name -> id; ids without a name; ids that came from a registry. */
  readonly engine = { names: new Map<string, string>(), ids: new Set<string>(), pulled: new Set<string>() };
  /** Name as a Dockerfile has it -> digest; undefined: the registry does not answer. */
  readonly registry = new Map<string, string | undefined>();
  /** Artifact -> base images that its build names. */
  readonly bases: Record<string, readonly string[]> = {};
  pulls = false;
  /** Artifacts whose builds leave their image in an archive, and not in the engine. */
  readonly leaves = new Set<string>();
  /** What these archives hold. */
  readonly archives = new Set<string>();
  /** Name -> id of images that a registry was given for builds. */
  readonly pushed = new Map<string, string>();
  /** First names of images that the engine was given from an archive. */
  readonly loaded: string[] = [];
  readonly node = new Set<string>();
  readonly files: Record<string, string> = {};
  works: readonly ArtifactWork[];
  #built: string[] = [];

  readonly #compareTrees: CompareTrees;

  /**
   * @param works artifact -> the artifacts that it requires; or artifacts of real builders, which build into `engine`
   * @param compareTrees of the store that the real builders' files are looked at through
   */
  constructor(
    works: Readonly<Record<string, readonly string[]>> | readonly ArtifactWork[],
    compareTrees: CompareTrees = () => undefined,
  ) {
    this.#compareTrees = compareTrees;
    this.works = Array.isArray(works)
      ? works
      : Object.entries(works as Readonly<Record<string, readonly string[]>>).map(([image, others]) =>
          this.#work(image, others),
        );
    for (const { image } of this.works) this.files[image] = "one";
  }

  /** Ids of the artifacts that were built, in order, and the reasons of the planner. */
  async pass(forced = false): Promise<{ built: string[]; why: Record<string, string>; failed: string[] }> {
    this.#built = [];
    const why: Record<string, string> = {};
    await using executor: Executor = createExecutor({
      records: this.records,
      durations: memoryDurations(),
      compareTrees: this.#compareTrees,
      clock: virtualClock(),
      emit: (event) => {
        if (event.type === "task-planned" && event.verdict.kind === "stale")
          why[event.task] = verdictWords(event.verdict);
      },
    });
    const result = await executor.pass({
      tasks: this.#tasks(forced),
      signal: new AbortController().signal,
      onFailure: "continue",
    });
    const failed = result.failed.map(({ diagnostics: [first] }) => first?.message ?? "");
    // What was built goes to the node.
    for (const { image } of this.works) {
      const output = result.outputs.get(taskId.build(image)) as BuildOutput | undefined;
      if (output) this.node.add(output.imageId);
    }
    return { built: this.#built, why, failed };
  }

  /** As `docker image prune -a` does: the node keeps what it has. */
  prune(...images: string[]): void {
    for (const [name, id] of this.engine.names) {
      if (!images.some((image) => name.startsWith(`docker.io/library/${image}:`))) continue;
      this.engine.names.delete(name);
      this.engine.ids.delete(id);
    }
  }

  /** Puts an image into the engine whose id says what it was made of. */
  build(image: string, references: readonly string[], of: unknown): ImageId {
    const id: ImageId = `sha256:${sha256(JSON.stringify([image, of]))}`;
    this.engine.ids.add(id);
    for (const reference of references) this.engine.names.set(fullName(reference), id);
    this.#built.push(image);
    return id;
  }

  has(name: string): boolean {
    return this.engine.names.has(fullName(name));
  }

  #tasks(forced: boolean): Task[] {
    const recorded = (image: string) =>
      this.records.outputs(taskId.build(image)).map(({ output }) => output as BuildOutput);
    const required = new Set(this.works.flatMap(({ requires }) => requires.map(({ image }) => image)));
    const node = { kind: "nodes", has: this.#onNode } as Pick<Destination, "kind" | "has"> as Destination;
    const places = [{ scope: undefined, destination: async () => node }];
    const forBuilds = { scope: registryOfBuilds, destination: async () => this.#registryOfBuilds };
    return [
      engineTask(this.#api),
      destinationTask(forBuilds),
      listingTask([], () => [], forBuilds),
      { id: taskId.destination, kind: "look", mode: "observe", deps: [], run: async () => null },
      ...this.works.flatMap((work) => {
        const readIn = readersOf(work.image, this.works);
        const mode = { forced, required: required.has(work.image), readIn };
        const outputs = (task: string, key: string) =>
          (this.records.find(task, key)?.outputs ?? []).map(({ output }) => output as BuildOutput);
        return [
          hashTask(work),
          tagTask(work),
          locateTask(work, async () => recorded(work.image), this.#sources, places),
          ...(mode.required ? [neededTask(work, this.works, outputs)] : []),
          basesTask(work, { digest: async ({ written }) => this.#digest(written) }),
          buildTask(work, mode),
          nameTask(work, { engine: this.#api, sources: this.#sources, places }, mode),
          ...(readIn.has("registry") ? deliverTasks(work, forBuilds, { forBuilds: true }) : []),
        ];
      }),
    ];
  }

  readonly #registryOfBuilds = {
    ...{ id: "registry", kind: "registry", label: "registry" },
    has: async (asked: readonly DeliverableImage[]) =>
      asked.map(({ id, name }) =>
        this.pushed.get(name) === id
          ? { present: true as const, reference: `${name}@${id}`, proof: "in the registry" }
          : { present: false as const, reason: "not in the registry" },
      ),
    deliver: async ({ id, name }: DeliverableImage) => {
      if (!this.engine.ids.has(id) && !this.archives.has(id)) throw new Failure(`nothing has ${name}`);
      this.pushed.set(name, id);
      return { reference: `${name}@${id}`, how: "pushed" as const, seconds: 0 };
    },
  } as Partial<Destination> as Destination;

  readonly #onNode: Destination["has"] = async (asked) =>
    asked.map(({ id, name }) =>
      this.node.has(id)
        ? { present: true as const, reference: name, proof: "on the node" }
        : { present: false as const, reason: "not on the node" },
    );

  readonly #sources: Sources & Holders = {
    holds: async (_holder, id) => this.archives.has(id),
    open: async (_holder, id) =>
      this.archives.has(id) ? { id, config: new TextEncoder().encode(id), layers: [] } : undefined,
  };

  /** The calls that the tasks make: the list, a name for an image, and an image to load. */
  readonly #api: Engine = {
    endpoint: { kind: "unix", path: "/nowhere", from: "the test" } as Engine["endpoint"],
    request: async (path, { query = {}, body }) => {
      if (path === "/images/load") return this.#load(await new Response(body).text());
      if (path.endsWith("/json") && path !== "/images/json") return Response.json({ Id: "sha256:0" });
      if (path === "/images/json") {
        const names = [...this.engine.names];
        const all = [...this.engine.ids].map((Id) => ({
          Id,
          RepoTags: names.filter(([, id]) => id === Id).map(([name]) => name),
          RepoDigests: this.engine.pulled.has(Id) ? [`${Id}@${Id}`] : [],
          Size: 1,
        }));
        return Response.json(all);
      }
      const id = /^\/images\/(.*)\/tag$/.exec(path)?.[1] ?? "";
      if (!this.engine.ids.has(id)) return Response.json({ message: `No such image: ${id}` }, { status: 404 });
      this.engine.names.set(fullName(`${query.repo}:${query.tag}`), id);
      return new Response("", { status: 201 });
    },
  };

  /** The configs of images in memory are their ids. */
  #load(archive: string): Response {
    const id = /sha256:[0-9a-f]{64}/.exec(archive)?.[0] ?? "";
    const names: string[] = JSON.parse(/"RepoTags":(\[[^\]]*\])/.exec(archive)?.[1] ?? "[]");
    this.engine.ids.add(id);
    for (const name of names) this.engine.names.set(fullName(name), id);
    this.loaded.push(names[0] ?? "");
    return new Response("");
  }

  #digest(name: string): string | undefined {
    const digest = this.registry.get(name);
    if (digest === undefined) throw new Failure(`the registry of ${name} does not answer`);
    return digest;
  }

  /** What a builder takes a name for. */
  #seen(name: string): string | undefined {
    const local = this.pulls ? undefined : this.engine.names.get(fullName(name));
    return local ?? this.registry.get(name);
  }

  #work(image: string, others: readonly string[]): ArtifactWork {
    return {
      image,
      repository: image,
      requires: others.map((other) => ({ image: other, alias: other.toUpperCase() })),
      readsRequired: "engine",
      needsEngine: true,
      tagFromKey: false,
      over: { roots: [], files: [] },
      hash: async () => treeMark(sha256(this.files[image] ?? "")),
      parts: async () => ({ builder: "fake" }),
      sharedParts: async () => ({ builder: "fake" }),
      bases: async () => ({ names: this.bases[image] ?? [], pulled: this.pulls }),
      tag: async () => ({ tag: "v1", also: [] }),
      build: async ({ files, required }) => {
        for (const reference of Object.values(required))
          if (!this.has(reference)) throw new Error(`pull access denied for ${reference}`);
        const bases = (this.bases[image] ?? []).map((name) => this.#seen(name));
        const imageId = this.build(image, this.leaves.has(image) ? [] : [`${image}:v1`], [files, required, bases]);
        if (!this.leaves.has(image)) return { imageId };
        this.engine.ids.delete(imageId);
        this.archives.add(imageId);
        return { imageId, holder: { kind: "archive", path: `/archives/${image}` } };
      },
    };
  }
}
