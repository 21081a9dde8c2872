/**
 * A builder that lives here alone and leaves its images in archives, for real and with no engine: they reach the nodes of
 * a kind cluster and start there, and they reach a registry. Nothing outside of the builder knows of it.
 */
import { afterAll, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Builder } from "../../src/build/builder.ts";
import { byName } from "../../src/build/builders.ts";
import { commands } from "../../src/cli/commands.ts";
import { composeWork } from "../../src/cli/compose/images.ts";
import { runPass } from "../../src/cli/compose/pass.ts";
import { imageTasks, observeTasks } from "../../src/cli/compose/tasks.ts";
import { openWorld, type World } from "../../src/cli/compose/world.ts";
import { globalFlags } from "../../src/cli/flag-table.ts";
import type { Invocation } from "../../src/command/command.ts";
import { parseFlags } from "../../src/command/flags.ts";
import type { BuildOutput } from "../../src/phase/image/build.ts";
import { builtImages } from "../../src/phase/image/built-images.ts";
import { testCluster } from "../rig/cluster.ts";
import { eventually } from "../rig/eventually.ts";
import { asFolder, asTar, makeImage } from "../rig/image-archive.ts";
import { removeFrom, testEngine, testTarget } from "../rig/kind-node.ts";
import { kubectl, testNamespace } from "../rig/kubectl.ts";
import { startRegistry } from "../rig/registry.ts";
import { tempFolder } from "../rig/temp-folder.ts";

const run = `devloop-test/own-${process.pid}-${randomBytes(3).toString("hex")}`;
const root = await tempFolder();
afterAll(async () => {
  for (const { container } of (await testTarget(await testEngine())).nodes) await removeFrom(container, run);
  await root[Symbol.asyncDispose]();
});

/** `page` of the context over a busybox; the image is left in a tar of docker save, or in a layout. */
function archiveBuilder(built: string[]): Builder {
  return {
    name: "custom",
    readsRequired: "nowhere",
    needsEngine: () => false,
    work: ({ artifact: { image, context } }) => ({
      inspect: async () => ({
        sources: {
          root: context,
          part: (path) => (path === "page" ? "in" : "out"),
          extra: [],
          rules: [],
          reason: () => "page",
        },
        bases: { names: [], pulled: false },
        keyParts: () => ({ builder: "archive", image }),
        notices: [],
      }),
      async build() {
        built.push(image);
        const page = await readFile(join(context, "page"), "utf8");
        const made = await makeImage({ busybox: true, files: [{ path: "srv/page", content: page }] });
        const path = join(root.path, "out", image);
        await mkdir(dirname(path), { recursive: true });
        if (image.endsWith("layout")) await asFolder(path, made.layout);
        else await asTar(path, made.saved);
        const manifest = image.endsWith("layout") ? { manifest: made.manifest } : {};
        return { imageId: made.id, holder: { kind: "archive", path, ...manifest }, seconds: 0, steps: [] };
      },
    }),
  };
}

const images = [`${run}/saved`, `${run}/layout`];

async function write(text: string): Promise<void> {
  await mkdir(join(root.path, "web"), { recursive: true });
  await writeFile(join(root.path, "web/page"), text);
  const artifacts = images.map((image) => `    - {image: ${image}, context: web, custom: {buildCommand: none}}\n`);
  await writeFile(
    join(root.path, "skaffold.yaml"),
    `apiVersion: skaffold/v4beta11\nkind: Config\nbuild:\n  tagPolicy: {sha256: {}}\n  artifacts:\n${artifacts.join("")}`,
  );
}

/** A world as a command has it, of a machine without an engine. */
function world(builder: Builder, said: string[], ...argv: string[]): Promise<World> {
  const build = commands.find(({ name }) => name === "build");
  const output = { write: (text: string) => void said.push(text), isTerminal: false, columns: 80 };
  const env = {
    ...process.env,
    DOCKER_HOST: "unix:///nowhere/docker.sock",
    DEVLOOP_HOME: join(root.path, "home"),
    KUBECONFIG: testCluster.kubeconfig,
  };
  const parsed = parseFlags(
    [...argv, "--kube-context", testCluster.context],
    [...globalFlags, ...(build?.flags ?? [])],
    env,
  );
  if ("usage" in parsed) throw new Error(parsed.usage);
  const invocation: Partial<Invocation> = {
    command: "build",
    flags: parsed.flags,
    args: [],
    argv: ["build", ...argv],
    env,
    cwd: root.path,
    stdout: output,
    stderr: output,
    signal: AbortSignal.timeout(240_000),
    commands,
    staysUntilSignal: () => undefined,
  };
  return openWorld(invocation as Invocation, "stdout", byName(builder));
}

/** One build as the command does it; the references of its images. */
async function pass(builder: Builder, ...argv: string[]) {
  const said: string[] = [];
  await using it = await world(builder, said, ...argv);
  const artifacts = composeWork(it);
  const tasks = [...observeTasks(it, artifacts), ...imageTasks(it, artifacts)];
  const result = await runPass(it, { tasks, onFailure: "stop" }, { deploys: false });
  expect(`${result.outcome} ${said.join("")}`).toStartWith("done ");
  const { builds } = builtImages(artifacts, it.places, result);
  const ids = artifacts.map(({ image }) => (result.outputs.get(`build:${image}`) as BuildOutput).imageId);
  return { references: builds.map(({ tag }) => tag), ids, text: said.join("") };
}

test("its images reach the node and start there", async () => {
  await write(`${run} one`);
  const built: string[] = [];
  const builder = archiveBuilder(built);
  const first = await pass(builder);
  expect(built.toSorted()).toEqual(images.toSorted());
  expect(first.text).toContain("no engine answers: the nodes of the kind cluster");

  await using namespace = await testNamespace("own-builder");
  for (const [i, reference] of first.references.entries()) {
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: `own${i}` },
      spec: {
        restartPolicy: "Never",
        terminationGracePeriodSeconds: 0,
        containers: [
          { name: "own", image: reference, imagePullPolicy: "Never", command: ["/bin/busybox", "cat", "/srv/page"] },
        ],
      },
    };
    await kubectl(["-n", namespace.name, "apply", "-f", "-"], JSON.stringify(pod));
    await eventually("the pod's words", async () => {
      const logs = await kubectl(["-n", namespace.name, "logs", `own${i}`]).catch(() => "");
      return logs === `${run} one` ? true : undefined;
    });
  }

  // Nothing is built or brought again, also where only the node has an image.
  const idle = await pass(builder);
  expect(idle.references).toEqual(first.references);
  expect(built).toHaveLength(2);
  expect(idle.text).not.toContain("oad");
  // What changed is built, and reaches the node by the same way.
  await write(`${run} two`);
  const second = await pass(builder);
  expect(built).toHaveLength(4);
  expect(second.references).not.toEqual(first.references);
  // Pods of the way are gone with it.
  await eventually("no pod is left", async () => {
    const left = await kubectl(["-n", "kube-system", "get", "pods", "-l", "devloop.dev/node-shell", "-o", "name"]);
    return left.trim() === "" ? true : undefined;
  });
});

test("its images reach a registry, by their digests, and only once", async () => {
  await write(`${run} pushed`);
  await using registry = await startRegistry();
  const built: string[] = [];
  const builder = archiveBuilder(built);
  const first = await pass(builder, "--push", "-d", registry.host);
  for (const reference of first.references) {
    const [, repository = "", tag = "", digest] = /^[^/]+\/(.*):([^@]*)@(.*)$/.exec(reference) ?? [];
    expect(await registry.digest(repository, tag)).toBe(digest as string);
  }
  const idle = await pass(builder, "--push", "-d", registry.host);
  expect(idle.references).toEqual(first.references);
  expect(built).toHaveLength(2);
  expect(idle.text).not.toContain("ushed");
});
