/** The dev loop on the real engine and cluster, driven from outside as a user's terminal would. */
import { expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { DevloopProcess } from "../rig/devloop.ts";
import { eventually } from "../rig/eventually.ts";
import { getObject, kubectl } from "../rig/kubectl.ts";
import { type ProjectRun, projectRun } from "../rig/project-run.ts";

const watching = /^Watching for changes/;

async function served(it: ProjectRun, path: string, text: string): Promise<void> {
  await eventually(`${path} says ${JSON.stringify(text)}`, async () => {
    const now = await it.served("web:80", path);
    return now.includes(text) ? true : undefined;
  });
}

async function ended(session: DevloopProcess): Promise<void> {
  session.interrupt();
  expect(await session.exit()).toBe(0);
}

test("a save is synced or rebuilt, a revert builds nothing, and Ctrl-C leaves nothing", async () => {
  await using it = await projectRun("dev");
  await using session = it.start("dev");
  await session.line(watching);
  await served(it, "version.txt", "one");

  let mark = session.mark();
  await it.sample.write("web/version.txt", "two\n");
  await session.line(/^Rebuilt and ready in /, { from: mark });
  await served(it, "version.txt", "two");

  mark = session.mark();
  await it.sample.write("web/version.txt", "one\n");
  expect(await session.line(/ in [\d.]+ s \(1 file\)/, { from: mark })).toMatch(/^Applied/);
  expect(session.lines.slice(mark).join("\n")).not.toContain("Building [");
  await served(it, "version.txt", "one");

  mark = session.mark();
  await it.sample.write("web/site/page.html", "<p>second</p>\n");
  await session.line(/^Synced in /, { from: mark });
  await served(it, "site/page.html", "second");

  // A save of the same bytes is answered too.
  mark = session.mark();
  await it.sample.write("web/site/page.html", "<p>second</p>\n");
  await session.line(/^Nothing to do, seen in /, { from: mark, seconds: 30 });

  // A rebuild brings the synced page along.
  mark = session.mark();
  await it.sample.write("web/version.txt", "three\n");
  await session.line(/^Rebuilt and ready in /, { from: mark });
  await served(it, "version.txt", "three");
  await served(it, "site/page.html", "second");

  mark = session.mark();
  await rm(it.sample.path("web/site/page.html"));
  await session.line(/^(Synced|Rebuilt and ready) in /, { from: mark });

  await ended(session);
  expect(await it.leftovers()).toEqual([]);
});

test("a changed manifest is applied alone; a second start with nothing changed writes nothing", async () => {
  await using it = await projectRun("again");
  {
    await using session = it.start("dev", "--cleanup=false");
    await session.line(watching);
    const mark = session.mark();
    it.proxy.forget();
    const text = await Bun.file(it.sample.path("k8s/app.yaml")).text();
    await it.sample.write("k8s/app.yaml", text.replace("GREETING: hello", "GREETING: welcome"));
    await session.line(/^Applied in /, { from: mark });
    expect(it.proxy.writes().map(({ path }) => path.split("/").at(-1))).toEqual(["settings"]);
    await ended(session);
  }
  it.proxy.forget();
  await using session = it.start("dev");
  await session.line(watching);
  expect(it.proxy.writes()).toEqual([]);
  expect(session.text).not.toContain("Building [");
  await ended(session);
});

test("a page synced and left, then reverted between sessions, is served reverted", async () => {
  await using it = await projectRun("overlay");
  {
    await using session = it.start("dev", "--cleanup=false");
    await session.line(watching);
    const mark = session.mark();
    await it.sample.write("web/site/page.html", "<p>changed</p>\n");
    await session.line(/^Synced in /, { from: mark });
    await served(it, "site/page.html", "changed");
    await ended(session);
  }
  await it.sample.write("web/site/page.html", "<p>first</p>\n");
  await using session = it.start("dev");
  await session.line(watching);
  await served(it, "site/page.html", "first");
  await ended(session);
});

test("clean-up after two sessions that left everything touches nothing foreign and restores what was there", async () => {
  await using it = await projectRun("left");
  await kubectl(["-n", it.namespace, "create", "configmap", "settings", "--from-literal=GREETING=theirs"]);
  await kubectl(["-n", it.namespace, "create", "configmap", "foreign", "--from-literal=a=b"]);
  for (const _ of [1, 2]) {
    await using session = it.start("dev", "--cleanup=false");
    await session.line(watching);
    await ended(session);
  }
  await using session = it.start("dev");
  await session.line(watching);
  await ended(session);
  expect((await getObject(it.namespace, "configmap", "settings")).data).toEqual({ GREETING: "theirs" });
  expect((await getObject(it.namespace, "configmap", "foreign")).data).toEqual({ a: "b" });
  expect(await getObject(it.namespace, "deployment", "web")).toBeUndefined();
  expect(await getObject(it.namespace, "service", "web")).toBeUndefined();
});

test("a second session refuses and names the first; with --takeover it takes its place", async () => {
  await using it = await projectRun("two");
  await using first = it.start("dev", "--cleanup=false");
  await first.line(watching);
  const refused = await it.run("dev");
  expect(refused.code).toBe(1);
  expect(refused.text).toContain(`process ${first.pid} is already running dev`);
  expect(refused.text).toContain("--takeover");
  await using second = it.start("dev", "--takeover");
  await second.line(watching);
  expect(await first.exit()).toBe(0);
  await ended(second);
});

test("a broken Dockerfile in the session is told at its line and does not end it; mended, it goes on", async () => {
  await using it = await projectRun("broken");
  await using session = it.start("dev");
  await session.line(watching);
  const good = await Bun.file(it.sample.path("web/Dockerfile")).text();
  let mark = session.mark();
  await it.sample.write("web/Dockerfile", good.replace("COPY version.txt", "COPY no-such-file.txt"));
  await session.line(/no-such-file\.txt/, { from: mark });
  await eventually("the complaint", () => (/Dockerfile:\d+:\d+: error/.test(session.text) ? true : undefined));
  mark = session.mark();
  await it.sample.write("web/Dockerfile", `${good}# mended\n`);
  await it.sample.write("web/version.txt", "mended\n");
  await session.line(/^Rebuilt and ready in /, { from: mark });
  await served(it, "version.txt", "mended");
  await ended(session);
});

test("a first build that fails ends a session that nobody watches with exit code 1", async () => {
  await using it = await projectRun("first");
  await it.sample.write("web/Dockerfile", "FROM scratch\nCOPY no-such-file /\n");
  const { code, text } = await it.run("dev");
  expect(code).toBe(1);
  expect(text).toMatch(/Dockerfile:2/);
});

test("a hook that makes a manifest does not run for ever, and a file saved while it runs is built", async () => {
  await using it = await projectRun("hook");
  const { sample } = it;
  const config = await Bun.file(sample.path("skaffold.yaml")).text();
  const made = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: made}\ndata: {BY: hook}\n";
  await sample.write("made.txt", made);
  await sample.write(
    "hook.sh",
    "cp made.txt k8s/made.yaml\n[ ! -e save ] || { rm save; echo three > web/version.txt; }\n",
  );
  const hook = '  hooks:\n    before:\n      - host:\n          command: ["sh", "hook.sh"]\n';
  await sample.write("skaffold.yaml", config.replace("manifests:\n", `manifests:\n${hook}`));
  await using session = it.start("dev");
  await session.line(watching);
  expect((await getObject(it.namespace, "configmap", "made")).data).toEqual({ BY: "hook" });

  let mark = session.mark();
  await sample.write("save", "");
  const app = await Bun.file(sample.path("k8s/app.yaml")).text();
  await sample.write("k8s/app.yaml", app.replace("GREETING: hello", "GREETING: welcome"));
  await session.line(/^Rebuilt and ready in /, { from: mark });
  await served(it, "version.txt", "three");

  // Only what a save leads to starts the hook: one for the manifest, none for the page that follows.
  mark = session.mark();
  await sample.write("web/site/page.html", "<p>second</p>\n");
  await session.line(/^Synced in /, { from: mark });
  expect(session.lines.slice(mark).join("\n")).not.toContain("pre-render");
  await ended(session);
});

test("a log of the session in the project costs nothing: what is ignored, and what the session prints, is no save", async () => {
  await using it = await projectRun("log");
  await it.sample.write("web/.dockerignore", "*.log\n*.swp\n");
  const log = it.sample.path("web/dev.log");
  const main = join(import.meta.dir, "../../src/cli/main.ts");
  const child = Bun.spawn(["sh", "-c", 'exec "$0" "$1" dev >> web/dev.log 2>&1', process.execPath, main], {
    cwd: it.sample.directory,
    env: { ...process.env, NO_COLOR: "1", ...it.env },
    stdin: "ignore",
  });
  const lines = async () => (await Bun.file(log).text()).split("\n");
  const line = (pattern: RegExp) =>
    eventually(`a line like ${pattern}`, async () => (await lines()).find((text) => pattern.test(text)));
  try {
    await line(watching);
    await it.sample.write("web/.page.html.swp", "an editor's");
    await it.sample.write("web/site/page.html", "<p>second</p>\n");
    await line(/^Synced in /);
    const told = (await lines()).filter((text) => /^(Nothing to do|Synced in|Failed in)/.test(text));
    expect(told.map((text) => text.split(" ")[0])).toEqual(["Synced"]);
  } finally {
    child.kill("SIGINT");
    await child.exited;
  }
});
