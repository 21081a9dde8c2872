/**
 * Trouble with what devloop stands on: the engine's socket is cut in the middle of a build, there is no engine, the disk
 * that holds the cache is full.
 */
import { expect, test } from "bun:test";
import { mkdir, writeFile } from "node:fs/promises";
import { DevloopProcess, devloop } from "../rig/devloop.ts";
import { engineProxy } from "../rig/engine-proxy.ts";
import { eventually } from "../rig/eventually.ts";
import { processesWith } from "../rig/processes.ts";
import { projectRun } from "../rig/project-run.ts";
import { smallDisk } from "../rig/small-disk.ts";

const watching = /^Watching for changes/;

test("an engine that is cut off in the middle of a build fails it with the engine's name; the session goes on", async () => {
  await using it = await projectRun("engine");
  await using engine = await engineProxy();
  const good = await Bun.file(it.sample.path("web/Dockerfile")).text();
  const env = { ...it.env, DOCKER_HOST: engine.host };
  await using session = new DevloopProcess(["dev", "-n", it.namespace], { cwd: it.sample.directory, env });
  await session.line(watching);
  const mark = session.mark();
  const seconds = `3600.${Math.floor(Math.random() * 1e9)}`;
  await it.sample.edit("web/Dockerfile", "WORKDIR /www", `RUN ["/bin/busybox", "sleep", "${seconds}"]\nWORKDIR /www`);
  await eventually("the build's step runs", async () => ((await processesWith(seconds)).length > 0 ? true : undefined));
  engine.cutAll();
  await session.line(/^Build \[.*\] failed/, { from: mark });
  await session.line(/^error: cannot build .*: the connection to the engine was lost/, { from: mark });
  await session.line(/^ {2}hint: see whether the engine still runs/, { from: mark });
  const after = session.mark();
  await it.sample.write("web/Dockerfile", `${good}# again\n`);
  await it.sample.write("web/version.txt", "two\n");
  await session.line(/^Rebuilt and ready in /, { from: after });
  expect(await it.served("web:80", "version.txt")).toBe("two\n");
  session.interrupt();
  expect(await session.exit()).toBe(0);
});

test("no engine at all is told with where it was looked for", async () => {
  await using it = await projectRun("noengine");
  const env = { ...it.env, DOCKER_HOST: `unix://${it.sample.path("no.sock")}` };
  const { code, text } = await devloop(["run", "-n", it.namespace], { cwd: it.sample.directory, env });
  expect(code).toBe(1);
  expect(text).toMatch(
    /^error: cannot reach the Docker engine at unix:.*no\.sock \(from DOCKER_HOST\): no such socket$/m,
  );
  expect(text).toMatch(/^ {2}hint: start Docker/m);
  expect(text).not.toMatch(/^\s+at .*\.ts:\d+/m);
});

test("a full disk under the cache costs the records and one line, not the work", async () => {
  await using it = await projectRun("disk");
  const cache = it.sample.path(".state", "cache");
  await mkdir(cache, { recursive: true });
  await using _ = await smallDisk(cache);
  await writeFile(`${cache}/ballast`, Buffer.alloc(60 * 1024));
  const first = await it.run("run");
  expect(first.code).toBe(0);
  expect(first.text).toContain("deployment/web is ready.");
  expect(first.text.match(/^warning: .*no space is left on the disk; continuing without recording/gm)).toHaveLength(1);
  expect(first.text.match(/^ {2}hint: free some space there/gm)).toHaveLength(1);
  // What a clean-up needs is kept elsewhere.
  const deleted = await it.run("delete");
  expect(deleted.code).toBe(0);
  expect(deleted.text).toContain(`web deleted`);
});
