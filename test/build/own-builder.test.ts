/**
 * A builder that lives here alone, for the section `custom`: one object, and every part of devloop works with it. Reading
 * its section, keys, reuse, watched places, sync, required images and where they have to be need no code elsewhere.
 */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Builder, BuilderWork } from "../../src/build/builder.ts";
import { byName } from "../../src/build/builders.ts";
import { dockerBuilder } from "../../src/build/docker/builder.ts";
import { syncGlob } from "../../src/build/sync-glob.ts";
import { watchedOf } from "../../src/build/watched.ts";
import { loadProject } from "../../src/config/load/load.ts";
import { custom } from "../../src/config/schema/sections/custom.ts";
import { View } from "../../src/config/schema/view.ts";
import { templated } from "../../src/config/templated.ts";
import { placerOf } from "../../src/dev/loop/artifact-files.ts";
import type { Event } from "../../src/event/event.ts";
import type { ComposedArtifact } from "../../src/phase/image/artifact-work.ts";
import { FakeArtifacts } from "../phase/fake-artifacts.ts";
import { testStore } from "../rig/test-store.ts";
import { composedFor } from "./composed.ts";

const root = await realpath(await mkdtemp(join(tmpdir(), "devloop-own-builder-")));
const kept = await testStore();
const { store } = kept;
afterAll(async () => {
  await kept[Symbol.asyncDispose]();
  await rm(root, { recursive: true, force: true });
});

/** Files that its paths match count, and a folder `shared` beside the context; the image is what the engine says. */
function ownBuilder(engine: () => FakeArtifacts, readsRequired: Builder["readsRequired"] = "engine"): Builder {
  return {
    name: "custom",
    readsRequired,
    needsEngine: () => true,
    work({ artifact, repository, mode, expand }): BuilderWork {
      const { context, builder, requires } = artifact;
      const section = builder.written && new View(builder.written, custom);
      const globs = (section?.object("dependencies")?.texts("paths") ?? ["**"]).map(syncGlob);
      const shared = join(dirname(context), "shared");
      const command = section?.scalar("buildCommand");
      const commandFor = (tag: string) => (command ? expand(templated(command, "print"), { IMAGE_TAG: tag }) : "");
      return {
        async inspect() {
          return {
            sources: {
              root: context,
              part: (path, kind) => (kind === "directory" ? "parent" : globs.some((glob) => glob(path)) ? "in" : "out"),
              extra: [{ name: "shared:version", path: join(shared, "version") }],
              trees: [{ name: "shared", root: shared }],
              rules: [],
              reason: () => "dependencies.paths",
            },
            bases: { names: ["toolchain:1"], pulled: false },
            keyParts: (tag, seal) => ({
              builder: "own",
              mode,
              command: seal(commandFor(tag)),
              requires: requires.map(({ alias }) => alias),
            }),
            infer: (patterns) => (path) =>
              patterns.some((pattern) => syncGlob(pattern)(path))
                ? { kind: "placed", rule: "own", destinations: [`/own/${path}`] }
                : { kind: "unplaced", why: "not mine" },
            notices: [{ severity: "hint", message: `${artifact.image} is built by hand` }],
          };
        },
        async build({ tag, references, required }) {
          const [tagged] = Object.values(required).map((reference) => reference.split("@")[0] ?? "");
          if (readsRequired === "registry" && tagged !== undefined && !engine().pushed.has(tagged))
            throw new Error(`${tagged} is not in the registry`);
          if (readsRequired === "engine")
            for (const reference of Object.values(required))
              if (!engine().has(reference)) throw new Error(`${reference} is not in the engine`);
          const content = await readFile(join(context, "main.src"), "utf8");
          const used = readsRequired === "nowhere" ? {} : required;
          const imageId = engine().build(artifact.image, references, [repository, commandFor(tag), content, used]);
          return { imageId, seconds: 0, steps: [] };
        },
      };
    },
  };
}

const write = async (path: string, text: string) => {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
};

const config = (command: string) => `apiVersion: skaffold/v4beta11
kind: Config
build:
  tagPolicy: {envTemplate: {template: v1}}
  artifacts:
    - image: base
      context: base
      custom: {buildCommand: make}
    - image: web
      context: web
      custom: {buildCommand: "${command}", dependencies: {paths: ["*.src"]}}
      requires: [{image: base, alias: BASE}]
      sync: {infer: ["*.src"]}
`;

const told: string[] = [];

async function compose(builder: Builder, command = "make {{.IMAGE_TAG}}"): Promise<ComposedArtifact[]> {
  await write("skaffold.yaml", config(command));
  const loaded = await loadProject({
    cwd: root,
    environment: {},
    command: "dev",
    // The configuration refuses sections of builders that the program does not have.
    acting: false,
    signal: new AbortController().signal,
  });
  const { project, environment, diagnostics } = loaded;
  if (!project) throw new Error(JSON.stringify(diagnostics));
  const emit = (event: Event) => void (event.type === "diagnostic" && told.push(event.diagnostic.message));
  return composedFor({ project, environment }, store, { mode: "dev", emit }, byName(dockerBuilder(), builder));
}

/** A project with sources, its artifacts in the hands of the builder, and the engine that they build into. */
async function start(readsRequired?: Builder["readsRequired"]) {
  for (const name of ["base", "web"]) await write(`${name}/main.src`, "one");
  await rm(join(root, "shared"), { recursive: true, force: true });
  let engine: FakeArtifacts;
  const builder = ownBuilder(() => engine, readsRequired);
  engine = new FakeArtifacts(await compose(builder), store.compareTrees);
  return { engine, builder };
}

describe("a pass", () => {
  test("builds in order, with required images, and nothing a second time", async () => {
    const { engine } = await start();
    expect(await engine.pass()).toMatchObject({ built: ["base", "web"], failed: [] });
    expect(await engine.pass()).toMatchObject({ built: [], why: {} });
    expect(told).toContain("web is built by hand");
  });

  test("builds what changed: sources that count, files beside the context, required images, base images", async () => {
    const { engine } = await start();
    await engine.pass();
    await write("web/README.md", "no source");
    expect((await engine.pass()).built).toEqual([]);
    await write("web/main.src", "two");
    expect(await engine.pass()).toMatchObject({ built: ["web"], why: { "build:web": "main.src changed" } });
    await write("base/main.src", "two");
    expect((await engine.pass()).built).toEqual(["base", "web"]);
    await write("shared/version", "2");
    expect((await engine.pass()).built.toSorted()).toEqual(["base", "web"]);
    engine.engine.names.set("docker.io/library/toolchain:1", `sha256:${"1".repeat(64)}`);
    engine.engine.ids.add(`sha256:${"1".repeat(64)}`);
    expect((await engine.pass()).why["build:web"]).toBe("base image toolchain:1 is built here now");
  });

  test("builds anew for a changed section, and says which value", async () => {
    const { engine, builder } = await start();
    await engine.pass();
    engine.works = await compose(builder, "make all");
    const { built, why } = await engine.pass();
    expect(built).toEqual(["web"]);
    expect(why["build:web"]).toContain("command");
  });

  test("brings back a required image that the engine lost, where the builder reads it there, and only there", async () => {
    for (const [reads, built] of [
      ["engine", ["base", "web"]],
      ["nowhere", ["web"]],
    ] as const) {
      const { engine } = await start(reads);
      await engine.pass();
      engine.prune("base");
      await write("web/main.src", "two");
      expect(await engine.pass()).toMatchObject({ built, failed: [] });
    }
  });
});

test("a required image is brought to a registry for a builder that reads it there, when it builds and not else", async () => {
  const { engine } = await start("registry");
  expect(await engine.pass()).toMatchObject({ built: ["base", "web"], failed: [] });
  expect([...engine.pushed.keys()]).toEqual(["base:v1"]);
  engine.pushed.clear();
  expect(await engine.pass()).toMatchObject({ built: [], failed: [] });
  expect([...engine.pushed.keys()]).toEqual([]);
  await write("web/main.src", "two");
  expect(await engine.pass()).toMatchObject({ built: ["web"], failed: [] });
  expect([...engine.pushed.keys()]).toEqual(["base:v1"]);
  // What only the node has can be brought nowhere.
  engine.prune("base");
  engine.pushed.clear();
  await write("web/main.src", "three");
  expect(await engine.pass()).toMatchObject({ built: ["base", "web"], failed: [] });
});

test("a session watches what it names and syncs to where it says", async () => {
  const { builder } = await start();
  const web = (await compose(builder)).find(({ image }) => image === "web");
  if (!web) throw new Error("web is missing");
  const inspection = await web.inspect(new AbortController().signal);
  expect(watchedOf(inspection.sources).roots).toEqual([join(root, "web"), join(root, "shared")]);
  const place = placerOf({ sync: web.artifact.sync, inspection, workdir: () => undefined, labels: () => undefined });
  expect(place?.("main.src", "file")).toMatchObject({ kind: "placed", destinations: ["/own/main.src"] });
  expect(place?.("README.md", "file")).toMatchObject({ kind: "unplaced" });
});

test("a section whose builder nobody has is one clear error", async () => {
  const other: Builder = { ...ownBuilder(() => new FakeArtifacts({})), name: "other" };
  await expect(compose(other)).rejects.toThrow("devloop cannot build base with custom yet");
});
