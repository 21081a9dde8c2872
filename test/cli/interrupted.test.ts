/** Exit codes of commands that a signal ends: real processes, held by a hook, an engine or an API server that never answers. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { configFolder, header } from "../rig/config-files.ts";
import { DevloopProcess } from "../rig/devloop.ts";
import { eventually } from "../rig/eventually.ts";

const byNumber = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
const signals = Object.keys(byNumber) as readonly (keyof typeof byNumber)[];

const pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: web}]}\n";
const build = "build: {local: {push: false}, artifacts: [{image: web}]}\n";
const hook = (script: string) => `{host: {command: ["sh", "-c", ${JSON.stringify(script)}]}}`;
const renderHook = (script: string) => `manifests: {rawYaml: [k8s.yaml], hooks: {before: [${hook(script)}]}}\n`;

/** A server that takes every request and answers none. */
class Silent implements AsyncDisposable {
  asked = 0;
  readonly #held = Promise.withResolvers<Response>();
  readonly server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    fetch: () => {
      this.asked += 1;
      return this.#held.promise;
    },
  });

  async [Symbol.asyncDispose](): Promise<void> {
    this.#held.resolve(new Response(null, { status: 503 }));
    await this.server.stop(true);
  }
}

let silent: Silent;
beforeAll(() => {
  silent = new Silent();
});
afterAll(() => silent[Symbol.asyncDispose]());

interface Started extends AsyncDisposable {
  readonly process: DevloopProcess;
  /** Resolves when the file is there. */
  has(file: string): Promise<unknown>;
}

/** The command on a project of one image and one pod, in a home of its own, where engine and cluster are silent. */
function start(config: string, ...args: string[]): Started {
  const { port } = silent.server;
  const kubeconfig = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "silent",
    contexts: [{ name: "silent", context: { cluster: "silent", user: "silent" } }],
    clusters: [{ name: "silent", cluster: { server: `http://127.0.0.1:${port}` } }],
    users: [{ name: "silent", user: {} }],
  };
  const made = configFolder({
    "skaffold.yaml": header + config,
    "k8s.yaml": pod,
    Dockerfile: "FROM scratch\n",
    "home/kubeconfig": JSON.stringify(kubeconfig),
  });
  const process = new DevloopProcess(args, {
    cwd: made.folder,
    env: {
      HOME: join(made.folder, "home"),
      DEVLOOP_HOME: join(made.folder, "home/devloop"),
      KUBECONFIG: join(made.folder, "home/kubeconfig"),
      DOCKER_HOST: `tcp://127.0.0.1:${port}`,
    },
  });
  return {
    process,
    has: (file) => eventually(file, () => (existsSync(join(made.folder, file)) ? true : undefined)),
    async [Symbol.asyncDispose]() {
      await process[Symbol.asyncDispose]();
      made[Symbol.dispose]();
    },
  };
}

/** Resolves when the command, started after `before` requests, waits for an answer. */
async function untilHeld(before: number): Promise<void> {
  await eventually("a request that is not answered", () => (silent.asked > before ? true : undefined));
}

describe.each(signals)("%s ends a command that runs once", (signal) => {
  test.each([
    ["build", [build, "build"]],
    ["run", [`${build}manifests: {rawYaml: [k8s.yaml]}\n`, "run"]],
    ["run --tail, before it stays", [`${build}manifests: {rawYaml: [k8s.yaml]}\n`, "run", "--tail"]],
    ["deploy", ["manifests: {rawYaml: [k8s.yaml]}\n", "deploy"]],
    ["delete", ["manifests: {rawYaml: [k8s.yaml]}\n", "delete"]],
  ] as const)("%s", async (_name, [config, ...args]) => {
    const before = silent.asked;
    await using started = start(config, ...args);
    await untilHeld(before);
    started.process.interrupt(signal);
    expect(await started.process.exit()).toBe(byNumber[signal]);
    expect(started.process.text).not.toContain("error:");
  });

  test("render, in the middle of a hook", async () => {
    await using started = start(renderHook("touch begun; exec sleep 3600"), "render", "--digest-source=none");
    await started.has("begun");
    started.process.interrupt(signal);
    expect(await started.process.exit()).toBe(byNumber[signal]);
  });

  test("a second one ends it at once, with its own code", async () => {
    const stubborn = "trap 'touch asked' TERM; touch begun; while :; do sleep 0.1; done";
    await using started = start(renderHook(stubborn), "render", "--digest-source=none");
    await started.has("begun");
    started.process.interrupt("SIGINT");
    await started.has("asked");
    started.process.interrupt(signal);
    expect(await started.process.exit()).toBe(byNumber[signal]);
  });
});

test.each(signals)("%s is how dev ends: 0", async (signal) => {
  const before = silent.asked;
  await using started = start(`${build}manifests: {rawYaml: [k8s.yaml]}\n`, "dev");
  await untilHeld(before);
  started.process.interrupt(signal);
  expect(await started.process.exit()).toBe(0);
});
