/** Exit codes of commands that a signal ends: real processes, held by a hook, an engine or an API server that never answers. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { byteLines } from "../../src/std/text/byte-lines.ts";
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
});

/**
 * A program with devloop's own signals that waits for a child. The child gets an hour to end by itself: a hook has three
 * seconds, after which a slow machine has nothing left for the second signal to end.
 */
const waiting = `
import { beforeSuddenExit, cancelOnSignals } from "./src/cli/signals.ts";
import { killAll } from "./src/tool/process/children.ts";
import { run } from "./src/tool/process/run.ts";
beforeSuddenExit(killAll);
const script = 'trap "echo asked" TERM; echo begun $$; while :; do sleep 0.1; done';
const onLine = (line, stream) => stream === "stdout" && console.log(line);
await run({ argv: ["/bin/sh", "-c", script], graceMs: 3_600_000, onLine }, cancelOnSignals());
`;

test.each(signals)("a second signal, %s, ends all at once, with its own code", async (signal) => {
  const cwd = join(import.meta.dir, "../..");
  await using program = Bun.spawn([process.execPath, "-e", waiting], { cwd, stdout: "pipe", stderr: "inherit" });
  const said = byteLines(program.stdout, 1000, "drop");
  const next = async () => (await said.next()).value;
  const child = Number(/^begun (\d+)$/.exec((await next()) ?? "")?.[1]);
  program.kill("SIGINT");
  expect(await next()).toBe("asked");
  program.kill(signal);
  expect(await program.exited).toBe(byNumber[signal]);
  await eventually("the child has ended", () => (isAlive(child) ? undefined : true));
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test.each(signals)("%s is how dev ends: 0", async (signal) => {
  const before = silent.asked;
  await using started = start(`${build}manifests: {rawYaml: [k8s.yaml]}\n`, "dev");
  await untilHeld(before);
  started.process.interrupt(signal);
  expect(await started.process.exit()).toBe(0);
});
