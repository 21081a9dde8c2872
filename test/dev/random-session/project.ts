/**
 * The project of a random session as the composer would make it: real looks at files, real passes of the graph, and
 * builds, deliveries and applies that take their time and fail with the cluster.
 */
import { readFileSync } from "node:fs";
import { ArtifactInputs } from "../../../src/build/artifact-inputs.ts";
import type { SourceSpec } from "../../../src/build/builder.ts";
import { watchOf } from "../../../src/build/watched.ts";
import { Unreachable } from "../../../src/cluster/connect/api-error.ts";
import { RefusedConfig } from "../../../src/config/load/refused.ts";
import type { DevProject, PassOutcome } from "../../../src/dev/loop/dev-project.ts";
import { ObservedFiles } from "../../../src/dev/loop/observed-files.ts";
import type { ProjectFiles } from "../../../src/dev/loop/project-files.ts";
import { manualPlacer } from "../../../src/dev/sync/manual.ts";
import type { SyncHooks } from "../../../src/dev/sync/syncer.ts";
import type { DeployedImage } from "../../../src/dev/sync/wanted-overlay.ts";
import { Failure } from "../../../src/diag/failure.ts";
import type { Event } from "../../../src/event/event.ts";
import type { Executor } from "../../../src/graph/request.ts";
import type { Inputs, Task, TaskContext } from "../../../src/graph/task.ts";
import { fileStamp, judgeOf } from "../../../src/phase/file-stamp.ts";
import { taskId } from "../../../src/phase/ids.ts";
import type { ComposedArtifact } from "../../../src/phase/image/artifact-work.ts";
import { hashTask } from "../../../src/phase/image/hash.ts";
import type { Clock } from "../../../src/std/clock.ts";
import type { Store } from "../../../src/store/store.ts";
import { markedTree, type TreeMark } from "../../../src/store/tree/mark.ts";
import type { Seeded } from "../../build/docker/seeded.ts";
import { type Cluster, referenceOf } from "./cluster.ts";
import { artifacts, type Workspace } from "./workspace.ts";

export const config = "skaffold.yaml";

/** The manifest of the module that deploys an artifact. */
export function manifestOf(image: string): string {
  return `k8s/${image}.yaml`;
}

/** What a deployment says of the manifest and of the configuration that it was made from. */
export function revisionOf(manifest: string, configuration: string): string {
  return `${manifest.split(" ")[0]} of ${configuration}`;
}

/** What goes wrong once, when the next one asks. */
export interface Faults {
  /** A file cannot be read. */
  look: boolean;
}

export interface ProjectMeans {
  readonly workspace: Workspace;
  readonly cluster: Cluster;
  readonly store: Store;
  readonly executor: Executor;
  readonly clock: Clock;
  readonly random: Seeded;
  readonly ran: Ran;
  readonly hooks: SyncHooks;
  readonly faults: Faults;
  /** Called for each time that the configuration is read again. */
  reloads(): void;
  /** Called when a pass that nothing superseded has ended. */
  ended(end: PassOutcome["end"]): void;
  emit(event: Event): void;
}

/** What was done under which key, to find what is done twice. */
export class Ran {
  readonly problems: string[] = [];
  readonly #done = new Map<string, () => boolean>();

  /** @param holds whether the result is still there later on */
  done(what: string, holds = () => true): void {
    this.#done.set(what, holds);
  }

  begins(what: string): void {
    if (this.#done.get(what)?.()) this.problems.push(`${what} was done a second time`);
  }
}

type Rendered = { readonly revision: string; readonly replicas: number };
type Objects = Readonly<Record<string, Rendered>>;
type Live = Readonly<
  Record<string, { readonly reference: string; readonly revision: string; readonly ready: boolean }>
>;
const at = { file: config, line: 1, column: 1, length: 1, text: "" };

/** @throws RefusedConfig where the configuration is broken */
export async function openProject(means: ProjectMeans, signal: AbortSignal): Promise<DevProject> {
  const { workspace, clock, random } = means;
  const path = workspace.path(config);
  const stamp = fileStamp(path);
  const text = workspace.has(config) ? workspace.text(config) : "broken";
  await clock.sleep(random.int(40), signal);
  // Some of this work is shared with others, so that no signal ends it.
  if (random.chance(0.2)) await clock.sleep(random.int(3_000));
  if (text.includes("broken"))
    throw new RefusedConfig([path], { severity: "error", message: "the configuration is broken" });
  return modelProject(means, text, stamp);
}

/** @param configuration the text that it was read from, `stamp` that file's */
function modelProject(means: ProjectMeans, configuration: string, stamp: string): DevProject {
  const { workspace, cluster, store, executor, hooks, clock, random } = means;
  const works = artifacts.map((image) => ({ image, sources: sourcesOf(workspace, image) }));
  const composed = works.map(({ image, sources }) => workOf(means, image, sources));
  const observed = new ObservedFiles(
    executor,
    artifacts.map((image) => ({ image, hash: taskId.hash(image), watched: true })),
  );
  const configPath = workspace.path(config);
  const files: ProjectFiles = {
    artifacts: works.map(({ image, sources }) => ({
      image,
      sources,
      place: manualPlacer([{ src: "site/**", dest: "/www", strip: "", at }], () => "/"),
      required: false,
    })),
    isConfig: (path) => path === configPath,
    observed: (path) => observed.concerned(path),
    others: () => observed.others(),
  };
  const tasks = (): Task[] => [
    ...composed.flatMap((work) => [
      hashTask(work),
      locateTask(means, work.image),
      buildTask(means, work),
      deliverTask(means, work.image),
    ]),
    ...artifacts.map((image) => renderTask(means, image)),
    objectsTask(means, configuration),
  ];
  return {
    places: [{ id: "place", cluster: cluster.pods.cluster, overlayName: (image) => `overlay/${image}`, hooks }],
    targets() {
      const { roots, files } = observed.targets(tasks());
      return { roots, files: [configPath, ...files] };
    },
    rewritten: () => (fileStamp(configPath) === stamp ? [] : [configPath]),
    files: async (signal) => {
      await clock.sleep(random.int(60), signal);
      return files;
    },
    print: (path, signal) => {
      const isBad = means.faults.look;
      means.faults.look = false;
      if (isBad) throw new Failure(`${path} cannot be read`);
      return store.describePath(path, signal);
    },
    heard(path) {
      for (const work of composed) work.heard(path);
    },
    async pass({ needs }, { paths, watch }, signal): Promise<PassOutcome> {
      const changes = observed.changes(needs, paths);
      const result = await executor.pass({ tasks: tasks(), signal, onFailure: "continue", changes, watch });
      const { outcome, outputs, failed } = result;
      if (outcome === "superseded" || outcome === "cancelled")
        return { end: outcome, did: "nothing", places: new Map() };
      const images = new Map<string, DeployedImage>();
      for (const { image, readMoment } of composed) {
        const files = outputs.get(taskId.hash(image)) as TreeMark | undefined;
        const inputs = store.tree(markedTree(files) ?? "");
        const delivered = outputs.get(taskId.deliver(image)) as { imageId: string } | undefined;
        if (!files || !inputs || !delivered) continue;
        const { imageId } = delivered;
        images.set(image, { imageId, reference: referenceOf(image, imageId), inputs, readAt: readMoment(files) });
      }
      if (!signal.aborted) means.ended(outcome);
      const failures = failed.flatMap(({ diagnostics }) => diagnostics);
      return {
        end: outcome,
        did: "rebuild",
        places: new Map([
          ["place", { images, namespaces: outputs.has(taskId.render("objects")) ? ["default"] : undefined }],
        ]),
        failures,
      };
    },
    reload: (signal) => {
      means.reloads();
      return openProject(means, signal);
    },
  };
}

function sourcesOf(workspace: Workspace, image: string): SourceSpec {
  return {
    root: workspace.path(image),
    part: () => "in",
    selection: "everything",
    extra: [],
    rules: [],
    reason: () => "Dockerfile:2",
  };
}

/** What a composed artifact is asked for here; a build sees the files as they are in its middle. */
function workOf({ workspace, cluster, store, clock, random }: ProjectMeans, image: string, sources: SourceSpec) {
  const inspect = async () => ({
    sources,
    bases: { names: [], pulled: false },
    keyParts: () => ({}),
    notices: [],
  });
  const inputs = new ArtifactInputs({ image, inspect, files: store });
  const work: Partial<ComposedArtifact> = {
    image,
    over: { roots: [sources.root], files: [] },
    readMoment: (files) => inputs.readMoment(files),
    heard: (path) => inputs.heard(path),
    hash: (signal, { changed, watch } = {}) =>
      inputs.hash(signal, {
        ...(changed ? { changed } : {}),
        ...(watch ? { watch: (seen) => watch(watchOf(seen.sources)) } : {}),
      }),
    build: async ({ files }, { signal }) => ({
      imageId: await inputs.during(
        files,
        false,
        async () => {
          await clock.sleep(50 + random.int(400), signal);
          const content = workspace.image(image);
          await clock.sleep(50 + random.int(600), signal);
          if (workspace.has(`${image}/code/broken`)) throw new Failure(`the build of ${image} failed`);
          return cluster.made(content);
        },
        signal,
      ),
    }),
  };
  return work as ComposedArtifact;
}

function locateTask({ cluster, executor }: ProjectMeans, image: string): Task {
  return {
    id: taskId.held(image),
    kind: "look",
    mode: "observe",
    deps: [],
    async run() {
      const outputs = executor.records.outputs(taskId.build(image));
      const ids = outputs.map(({ output }) => (output as { imageId: string }).imageId);
      return ids.filter((id) => cluster.engine.has(id) || cluster.nodes.has(id));
    },
  };
}

function buildTask({ cluster, ran, emit }: ProjectMeans, work: ComposedArtifact): Task {
  const { image } = work;
  const filesOf = (inputs: Inputs) => inputs.get<TreeMark>(taskId.hash(image));
  return {
    id: taskId.build(image),
    kind: "build",
    mode: "act",
    deps: [taskId.hash(image), taskId.held(image)],
    keyParts: (inputs) => ({ files: filesOf(inputs) }),
    valid(output, inputs) {
      const { imageId } = output as { imageId: string };
      const isHeld = inputs.get<string[]>(taskId.held(image)).includes(imageId);
      return isHeld ? { valid: true, proof: "held" } : { valid: false, reason: "gone" };
    },
    async run(inputs, ctx) {
      const files = filesOf(inputs);
      const what = `build of ${image} from ${files}`;
      ran.begins(what);
      emit({ type: "build-started", artifact: image });
      const { imageId } = await work.build({ tag: "latest", also: [], files, required: {} }, ctx);
      if (!ctx.signal.aborted) ran.done(what, isHeld(cluster, imageId));
      return { imageId };
    },
  };
}

function deliverTask({ cluster, clock, random }: ProjectMeans, image: string): Task {
  const imageOf = (inputs: Inputs) => inputs.get<{ imageId: string }>(taskId.build(image)).imageId;
  return {
    id: taskId.deliver(image),
    kind: "deliver",
    mode: "act",
    deps: [taskId.build(image)],
    keyParts: (inputs) => ({ imageId: imageOf(inputs) }),
    valid: (_output, inputs) =>
      cluster.nodes.has(imageOf(inputs)) ? { valid: true, proof: "the node has it" } : { valid: false, reason: "gone" },
    async run(inputs, { signal }) {
      const imageId = imageOf(inputs);
      await clock.sleep(20 + random.int(200), signal);
      if (!cluster.engine.has(imageId))
        throw new Failure({ severity: "error", message: `${imageId} is gone`, passing: true });
      cluster.nodes.add(imageId);
      return { imageId };
    },
  };
}

/** Of one module; a program renders some, which takes its time. */
function renderTask({ workspace, clock, random }: ProjectMeans, image: string): Task {
  const manifest = manifestOf(image);
  const path = workspace.path(manifest);
  const over = { roots: [], files: [path] };
  const ruleOf = (other: string) => (other === path ? manifest : undefined);
  return {
    id: taskId.render(image),
    kind: "render",
    mode: "observe",
    deps: [],
    over,
    async run(_inputs, { signal, watch }) {
      let stamp = "";
      try {
        for (;;) {
          await watch({ ...over, judge: judgeOf(ruleOf, {}) });
          stamp = fileStamp(path);
          const text = stamp === "" ? "" : readFileSync(path, "utf8");
          await clock.sleep(random.int(random.chance(0.2) ? 3_000 : 30), signal);
          if (fileStamp(path) !== stamp) continue;
          const [revision = "", replicas] = text.split(" ");
          if (text === "" || text.includes("typo")) throw new Failure("the manifest is not valid");
          return { revision, replicas: Number(replicas) };
        }
      } finally {
        await watch({ ...over, judge: judgeOf(ruleOf, { [path]: stamp }, { [path]: stamp }) });
      }
    },
  };
}

function objectsTask(means: ProjectMeans, configuration: string): Task {
  const { cluster } = means;
  return {
    id: taskId.render("objects"),
    kind: "render",
    mode: "observe",
    deps: artifacts.map((image) => taskId.render(image)),
    async run(inputs, { signal }): Promise<Objects> {
      await asked(cluster, signal);
      const all = artifacts.map((image) => {
        const { revision, replicas } = inputs.get<Rendered>(taskId.render(image));
        return [image, { revision: revisionOf(revision, configuration), replicas }];
      });
      return Object.fromEntries(all) as Objects;
    },
    expand: (output) => [
      liveTask(means),
      ...artifacts.flatMap((image) => [
        applyTask(means, image, (output as Objects)[image] as Rendered),
        waitTask(means, image),
        hookTask(means, image),
      ]),
    ],
  };
}

function liveTask({ cluster }: ProjectMeans): Task {
  return {
    id: "live",
    kind: "look",
    mode: "observe",
    deps: [],
    async run(_inputs, { signal }): Promise<Live> {
      await asked(cluster, signal);
      const all = [...cluster.deployments].map(([image, { reference, revision, replicas }]) => [
        image,
        { reference, revision: `${revision} ${replicas}`, ready: cluster.isReady(image) },
      ]);
      return Object.fromEntries(all) as Live;
    },
  };
}

function applyTask({ cluster, clock, random }: ProjectMeans, image: string, { revision, replicas }: Rendered): Task {
  const referenceIn = (inputs: Inputs) =>
    referenceOf(image, inputs.get<{ imageId: string }>(taskId.deliver(image)).imageId);
  return {
    id: `apply:${image}`,
    kind: "apply",
    mode: "act",
    deps: [taskId.deliver(image), "live"],
    keyParts: (inputs) => ({ reference: referenceIn(inputs), revision, replicas }),
    valid(_output, inputs) {
      const live = inputs.get<Live>("live")[image];
      const same = live?.reference === referenceIn(inputs) && live.revision === `${revision} ${replicas}`;
      return same ? { valid: true, proof: "as applied" } : { valid: false, reason: "another one" };
    },
    async run(inputs, { signal }) {
      await clock.sleep(random.int(40), signal);
      await asked(cluster, signal);
      const reference = referenceIn(inputs);
      cluster.apply(image, { reference, revision, replicas });
      return { reference };
    },
  };
}

function waitTask({ cluster, clock }: ProjectMeans, image: string): Task {
  return {
    id: `wait:${image}`,
    kind: "wait",
    mode: "act",
    deps: [`apply:${image}`, "live"],
    keyParts: (inputs) => ({ applied: inputs.get(`apply:${image}`) }),
    valid: (_output, inputs) =>
      inputs.get<Live>("live")[image]?.ready ? { valid: true, proof: "ready" } : { valid: false, reason: "not ready" },
    async run(inputs, { signal }) {
      const { reference } = inputs.get<{ reference: string }>(`apply:${image}`);
      while (!(cluster.isReady(image) && cluster.deployments.get(image)?.reference === reference)) {
        await clock.sleep(50, signal);
        await asked(cluster, signal);
      }
      return null;
    },
  };
}

/** Runs once for each image that was rolled out, and is never cancelled. */
function hookTask({ clock, ran }: ProjectMeans, image: string): Task {
  return {
    id: `hook:${image}`,
    kind: "hook",
    mode: "act",
    uninterruptible: true,
    deps: [`wait:${image}`, `apply:${image}`],
    keyParts: (inputs) => ({ applied: inputs.get(`apply:${image}`) }),
    async run(inputs: Inputs, { signal }: TaskContext) {
      const what = `hook of ${JSON.stringify(inputs.get(`apply:${image}`))}`;
      ran.begins(what);
      await clock.sleep(80);
      if (!signal.aborted) ran.done(what);
      return null;
    },
  };
}

async function asked({ pods, connection }: Cluster, signal: AbortSignal): Promise<void> {
  await connection.get(signal);
  if (pods.away) throw new Unreachable("refused", "the API server is away", "wait");
}

/** Made here, so that it holds nothing of the run that asks for it. */
function isHeld({ engine, nodes }: Cluster, imageId: string): () => boolean {
  return () => engine.has(imageId) || nodes.has(imageId);
}
