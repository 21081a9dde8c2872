/**
 * An artifact whose files are all synced: a workspace on the disk, its pods as a model, and a syncer between them. A test
 * says when files are looked at, when an image is built and when it is rolled out, so that it decides what falls between.
 */
import { expect } from "bun:test";
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { nothing } from "../../src/dev/loop/needs.ts";
import { PendingPaths } from "../../src/dev/loop/pending-paths.ts";
import type { ProjectFiles } from "../../src/dev/loop/project-files.ts";
import { SaveWork } from "../../src/dev/loop/save-work.ts";
import { manualPlacer } from "../../src/dev/sync/manual.ts";
import { Syncer, type SyncerOptions } from "../../src/dev/sync/syncer.ts";
import type { DeployedImage } from "../../src/dev/sync/wanted-overlay.ts";
import type { Event } from "../../src/event/event.ts";
import { systemClock } from "../../src/std/clock.ts";
import { sha256 } from "../../src/std/data/digest.ts";
import type { Json } from "../../src/std/data/json.ts";
import { moment } from "../../src/std/moment.ts";
import type { Documents } from "../../src/store/documents.ts";
import { describePath } from "../../src/store/tree/describe.ts";
import { eventually } from "../rig/eventually.ts";
import { flatInputs } from "../rig/flat-inputs.ts";
import { type ModelPod, ModelPods } from "../rig/model-pods.ts";
import { memoryOverlays } from "./memory-overlays.ts";

export const artifact = "web";
const signal = new AbortController().signal;

export interface ModelArtifact extends AsyncDisposable {
  readonly root: string;
  readonly pods: ModelPods;
  /** Overlay documents as a disk keeps them between sessions. */
  readonly documents: Map<string, Json>;
  /** The way to them. */
  readonly store: Documents;
  /** Every file is synced but `app.yaml`, which is a manifest. */
  readonly projectFiles: ProjectFiles;
  readonly events: Event[];
  /** Artifacts that have to be built because a container could not be brought up to date. */
  readonly troubles: string[];
  syncer: Syncer;
  /** Writes or, without a text, deletes. */
  save(path: string, text?: string): Promise<void>;
  /** Looks at these paths and syncs what differs. @returns whether the artifact has to be built */
  look(...paths: string[]): Promise<boolean>;
  /** The workspace as an image now, in no pod yet. */
  build(): Promise<DeployedImage>;
  /** Pods of this image take the place of all others. */
  rollOut(image: DeployedImage): ModelPod;
  /** One pod of the image more. @param owner what makes another one when it is deleted */
  addPod(image: DeployedImage, namespace?: string, owner?: string): ModelPod;
  /** @param told when its pod says so; by default at once */
  restart(pod: ModelPod, told?: Promise<void>): void;
  /** Tells the syncer that a pass brought the image to the cluster. */
  deployed(image: DeployedImage): Promise<void>;
  /** The session ends, and another one begins with what is on the disk. */
  nextSession(): Promise<void>;
  /** Files of the workspace, as a container should have them. */
  wanted(): Promise<Record<string, string>>;
}

/** @param files of the workspace at the begin, by path */
export async function modelArtifact(
  files: Readonly<Record<string, string>>,
  options: Partial<SyncerOptions> = {},
): Promise<ModelArtifact> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "devloop-model-")));
  const pods = new ModelPods();
  const { documents, store } = memoryOverlays();
  const events: Event[] = [];
  const troubles: string[] = [];
  const contents = new Map<string, Record<string, string>>();
  const emit = (event: Event) => void events.push(event);
  const open = () =>
    new Syncer({
      cluster: pods.cluster,
      documents: store,
      overlayName: (image) => `overlay/${image}`,
      context: () => root,
      trouble: (image) => void troubles.push(image),
      channel: pods.channel,
      clock: systemClock,
      emit,
      ...options,
    });
  const everywhere = { file: "skaffold.yaml", line: 1, column: 1, length: 1, text: "" };
  const projectFiles: ProjectFiles = {
    artifacts: [
      {
        image: artifact,
        sources: {
          root,
          part: (path) => (path === "app.yaml" ? "out" : "in"),
          extra: [],
          rules: [],
          reason: () => "Dockerfile:2",
        },
        place: manualPlacer([{ src: "**", dest: "/www", strip: "", at: everywhere }], () => "/"),
        required: false,
      },
    ],
    isConfig: () => false,
    observed: (path) =>
      path === join(root, "app.yaml") ? [{ task: "render:app", rule: "app.yaml", changes: true }] : [],
    others: () => ({ roots: [], files: [join(root, "app.yaml")] }),
  };
  const inWorkspace = async () => {
    const found: Record<string, string> = {};
    for await (const path of new Bun.Glob("**/*").scan({ cwd: root, onlyFiles: true, dot: true })) {
      const description = path === "app.yaml" ? undefined : await describePath(join(root, path), signal);
      if (description !== undefined) found[path] = description;
    }
    return found;
  };
  const inImage = (reference: string) =>
    Object.entries(contents.get(reference) ?? {}).map(([path, description]) => [`/www/${path}`, description] as const);
  const made: ModelArtifact = {
    root,
    pods,
    documents,
    store,
    projectFiles,
    events,
    troubles,
    syncer: open(),
    async save(path, text) {
      const full = join(root, path);
      if (text === undefined) return rm(full, { recursive: true, force: true });
      await mkdir(dirname(full), { recursive: true });
      await writeFile(full, text);
    },
    async look(...paths) {
      const syncers = {
        held: (image: string, path: string) => made.syncer.wantedOverlay(image).held(path),
        pathsBelow: (image: string, directory: string) => made.syncer.wantedOverlay(image).pathsBelow(directory),
        sync: (...asked: Parameters<Syncer["sync"]>) => made.syncer.sync(...asked),
      };
      const work = new SaveWork(syncers, systemClock, emit, new PendingPaths());
      const batch = { paths: new Set(paths.map((path) => join(root, path))), lost: undefined, first: 0, last: 0 };
      const { needs } = await work.handle(batch, nothing, { files: projectFiles, print: describePath }, signal);
      return needs.artifacts.has(artifact);
    },
    async build() {
      const readAt = moment();
      const inputs = await inWorkspace();
      const id = sha256(JSON.stringify(Object.entries(inputs).sort()));
      const reference = `${artifact}:${id.slice(0, 12)}`;
      contents.set(reference, inputs);
      return { imageId: `sha256:${id}`, reference, inputs: flatInputs(inputs), readAt };
    },
    rollOut(image) {
      const pod = pods.all.find(({ reference }) => reference === image.reference) ?? made.addPod(image);
      for (const { reference, name } of pods.all) if (reference !== image.reference) pods.remove(name);
      return pod;
    },
    addPod: ({ reference }, namespace, owner) => pods.start(reference, inImage(reference), namespace, owner),
    restart: ({ name, reference }, told) => void pods.restart(name, inImage(reference), told),
    deployed: (image) => made.syncer.deployed(new Map([[artifact, image]]), ["default"], signal),
    async nextSession() {
      await made.syncer[Symbol.asyncDispose]();
      made.syncer = open();
    },
    async wanted() {
      const found = await inWorkspace();
      return Object.fromEntries(Object.entries(found).map(([path, description]) => [`/www/${path}`, description]));
    },
    async [Symbol.asyncDispose]() {
      await made.syncer[Symbol.asyncDispose]();
      await rm(root, { recursive: true, force: true });
    },
  };
  for (const [path, text] of Object.entries(files)) await made.save(path, text);
  return made;
}

/** Every container comes to hold the workspace's files. */
export async function equal(at: ModelArtifact): Promise<void> {
  const wanted = await at.wanted();
  expect(at.pods.all.length).toBeGreaterThan(0);
  await eventually(
    "containers that hold what the workspace holds",
    () => {
      for (const pod of at.pods.all) expect(filesIn(pod, at.pods)).toEqual(wanted);
      return true;
    },
    20,
  );
}

/** Files of a pod's container, without directories. */
function filesIn({ name }: ModelPod, pods: ModelPods): Record<string, string> {
  const files = pods.all.find((pod) => pod.name === name)?.container.files ?? new Map<string, string>();
  return Object.fromEntries([...files].filter(([, description]) => !description.startsWith("directory")));
}
