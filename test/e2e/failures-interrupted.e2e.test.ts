/**
 * A command that is made to end before it is done: in the middle of a build, of an apply, of a wait, politely and not.
 * It ends soon and with the signal's exit code (a session with 0), leaves no process behind, and the next command finds nothing in
 * its way.
 */
import { expect, test } from "bun:test";
import { join } from "node:path";
import type { DevloopProcess } from "../rig/devloop.ts";
import { eventually } from "../rig/eventually.ts";
import { getObject } from "../rig/kubectl.ts";
import { descendants, living, processesWith } from "../rig/processes.ts";
import { type ProjectRun, projectRun } from "../rig/project-run.ts";

const watching = /^Watching for changes/;

/** A build that would take an hour; the number finds its process, wherever the engine runs it. */
async function slowBuild({ sample }: ProjectRun): Promise<string> {
  const seconds = `3600.${Math.floor(Math.random() * 1e9)}`;
  await sample.edit("web/Dockerfile", "WORKDIR /www", `RUN ["/bin/busybox", "sleep", "${seconds}"]\nWORKDIR /www`);
  return seconds;
}

/** Ends the process by what `act` does, and expects nothing that it started to outlive it. */
async function endedBy(it: ProjectRun, session: DevloopProcess, act: () => void): Promise<number> {
  const started = await descendants(session.pid);
  act();
  const code = await session.exit();
  await eventually("its processes are gone", async () => {
    const left = [...(await living(started)), ...(await processesWith(`DEVLOOP_HOME=${it.sample.home}`))];
    return left.length === 0 ? true : undefined;
  });
  expect(session.text).not.toMatch(/^\s+at .*\.ts:\d+/m);
  expect(session.text).not.toContain("error:");
  return code;
}

async function ranAfterwards(it: ProjectRun): Promise<void> {
  const { code, text } = await it.run("run");
  expect(text).toContain("deployment/web is ready.");
  expect(code).toBe(0);
}

test("Ctrl-C in the middle of a build ends the build in the engine, too; the next run builds", async () => {
  await using it = await projectRun("build");
  const good = await Bun.file(it.sample.path("web/Dockerfile")).text();
  const number = await slowBuild(it);
  await using session = it.start("run");
  await eventually("the build's step runs", async () => ((await processesWith(number)).length > 0 ? true : undefined));
  expect(await endedBy(it, session, () => session.interrupt())).toBe(130);
  await eventually("the step is gone", async () => ((await processesWith(number)).length === 0 ? true : undefined));
  expect(it.proxy.writes()).toEqual([]);
  await it.sample.write("web/Dockerfile", good);
  await ranAfterwards(it);
});

test("Ctrl-C in the middle of an apply lets the write end; the next run goes on from there", async () => {
  await using it = await projectRun("apply");
  const { promise, resolve } = Promise.withResolvers<void>();
  it.proxy.rule("PATCH", /\/deployments\/web/, { kind: "hold", until: promise }, 1);
  await using session = it.start("run");
  await eventually("the apply is under way", () => it.proxy.count("PATCH", /\/deployments\/web/) || undefined);
  expect(
    await endedBy(it, session, () => {
      session.interrupt();
      resolve();
    }),
  ).toBe(130);
  await ranAfterwards(it);
  // What was made by the interrupted run is known to be ours.
  expect((await it.run("delete")).code).toBe(0);
  expect(await getObject(it.namespace, "deployment", "web")).toBeUndefined();
});

test("Ctrl-C in the middle of a wait ends at once and leaves what was applied", async () => {
  await using it = await projectRun("wait");
  await it.sample.edit("k8s/app.yaml", "/version.txt, port", "/no-such-page, port");
  await using session = it.start("run");
  await session.line(/^ - deployment\/web: /);
  expect(await endedBy(it, session, () => session.interrupt())).toBe(130);
  expect(await getObject(it.namespace, "deployment", "web")).toBeDefined();
  await it.sample.edit("k8s/app.yaml", "/no-such-page, port", "/version.txt, port");
  await ranAfterwards(it);
});

test("Ctrl-C of dev in the middle of its first wait cleans up", async () => {
  await using it = await projectRun("clean");
  await it.sample.edit("k8s/app.yaml", "/version.txt, port", "/no-such-page, port");
  await using session = it.start("dev");
  await session.line(/^ - deployment\/web: /);
  expect(await endedBy(it, session, () => session.interrupt())).toBe(0);
  expect(session.text).toContain("Cleaning up...");
  for (const kind of ["deployment", "service"]) expect(await getObject(it.namespace, kind, "web")).toBeUndefined();
  expect(await getObject(it.namespace, "configmap", "settings")).toBeUndefined();
});

test("SIGTERM and SIGHUP are a Ctrl-C", async () => {
  await using it = await projectRun("signals");
  for (const signal of ["SIGTERM", "SIGHUP"] as const) {
    await using session = it.start("dev");
    await session.line(watching);
    expect(await endedBy(it, session, () => session.interrupt(signal))).toBe(0);
    expect(await getObject(it.namespace, "deployment", "web")).toBeUndefined();
  }
});

test("a second Ctrl-C ends a clean-up that hangs, at once; the next session finds what is left", async () => {
  await using it = await projectRun("twice");
  {
    await using session = it.start("dev");
    await session.line(watching);
    const end = it.proxy.rule("DELETE", /./, { kind: "hold", until: new Promise(() => undefined) });
    session.interrupt();
    await session.line(/^Cleaning up/);
    await eventually("a delete is under way", () => it.proxy.count("DELETE", /./) || undefined);
    expect(await endedBy(it, session, () => session.interrupt())).toBe(130);
    end();
    expect(await getObject(it.namespace, "deployment", "web")).toBeDefined();
  }
  await using session = it.start("dev");
  await session.line(watching);
  expect(session.text).not.toContain("Building [");
  expect(await endedBy(it, session, () => session.interrupt())).toBe(0);
  expect(await getObject(it.namespace, "deployment", "web")).toBeUndefined();
});

test("a session that was killed leaves no child, no lock and no orphan: the next one adopts its ledger", async () => {
  await using it = await projectRun("killed");
  const good = await Bun.file(it.sample.path("web/Dockerfile")).text();
  await using session = it.start("dev");
  await session.line(watching);
  const number = await slowBuild(it);
  await eventually("the build's step runs", async () => ((await processesWith(number)).length > 0 ? true : undefined));
  expect(await endedBy(it, session, () => session.interrupt("SIGKILL"))).not.toBe(0);
  await eventually("the step is gone", async () => ((await processesWith(number)).length === 0 ? true : undefined));

  await it.sample.write("web/Dockerfile", good);
  await using next = it.start("dev");
  await next.line(watching);
  expect(await endedBy(it, next, () => next.interrupt())).toBe(0);
  for (const kind of ["deployment", "service"]) expect(await getObject(it.namespace, kind, "web")).toBeUndefined();
  expect(await getObject(it.namespace, "configmap", "settings")).toBeUndefined();
});

/** Runs a line of a shell in the project's folder, where `devloop` is the program. */
async function shell(it: ProjectRun, line: string): Promise<{ out: string; err: string }> {
  const main = join(import.meta.dir, "../../src/cli/main.ts");
  const program = `devloop() { ${process.execPath} ${main} "$@" -n ${it.namespace}; }; set -o pipefail; ${line}`;
  const env = { ...process.env, NO_COLOR: "1", ...it.env };
  const child = Bun.spawn(["bash", "-c", program], { cwd: it.sample.directory, env, stdout: "pipe", stderr: "pipe" });
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  await child.exited;
  return { out, err };
}

test("a pipe that is closed ends the output without a word, and the work in order", async () => {
  await using it = await projectRun("pipe");
  const { out, err } = await shell(it, 'devloop build -v info 2>&1 | head -1; echo "exit $?"');
  expect(out.split("\n")).toEqual([expect.any(String), "exit 0", ""]);
  expect(err).toBe("");
  // The reader of a session goes with the first line: what the session made goes, too.
  const session = await shell(it, 'devloop dev | grep -q "^Watching for changes"; echo "exit $?"');
  expect(session).toEqual({ out: "exit 0\n", err: "" });
  for (const kind of ["deployment", "service"]) expect(await getObject(it.namespace, kind, "web")).toBeUndefined();
});

test("a terminal that is closed ends the session, which cleans up", async () => {
  await using it = await projectRun("terminal");
  let said = "";
  const main = join(import.meta.dir, "../../src/cli/main.ts");
  const child = Bun.spawn([process.execPath, main, "dev", "-n", it.namespace], {
    cwd: it.sample.directory,
    env: { ...process.env, ...it.env },
    terminal: {
      cols: 100,
      rows: 30,
      data(_, bytes) {
        said += new TextDecoder().decode(bytes);
      },
    },
  });
  await eventually("the session", () => (said.includes("Watching for changes") ? true : undefined));
  child.terminal?.close();
  expect(await child.exited).toBe(0);
  for (const kind of ["deployment", "service"]) expect(await getObject(it.namespace, kind, "web")).toBeUndefined();
});
