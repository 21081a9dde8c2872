/** Artifacts that others require, written as every example of them is: the Dockerfile's ARG has no default. */
import { describe, expect, test } from "bun:test";
import { cp } from "node:fs/promises";
import { devloop } from "../rig/devloop.ts";
import { eventually } from "../rig/eventually.ts";
import { type ProjectRun, projectRun } from "../rig/project-run.ts";
import { type Sample, sample } from "../rig/sample.ts";
import { docker } from "../rig/scratch-image.ts";

const shell = "FROM scratch\nCOPY busybox /bin/busybox\nCOPY busybox /bin/sh\nCOPY busybox /bin/tar\n";
const serve = 'WORKDIR /www\nCMD ["/bin/busybox", "httpd", "-f", "-p", "8080", "-h", "/www"]\n';

const base = ({ image }: Sample) => image.replace(/web$/, "base");

/** The sample's image on top of another artifact; `dependants` are further Dockerfiles over it, by artifact. */
async function onBase(
  it: Sample,
  dockerfile: string,
  dependants: Readonly<Record<string, string>> = {},
): Promise<void> {
  const folder = it.image.replace(/web$/, "");
  const artifacts = ["web", ...Object.keys(dependants)].map(
    (name) =>
      `    - image: ${folder}${name}\n      context: ${name}\n      requires: [{image: ${base(it)}, alias: BASE}]\n`,
  );
  await it.edit(
    "skaffold.yaml",
    /( {4}- image: .*web\n[\s\S]*?)( {2}local:)/,
    `    - image: ${base(it)}\n      context: base\n${artifacts.join("")}$2`,
  );
  await it.write("base/base.txt", "base one\n");
  await cp(it.path("web/busybox"), it.path("base/busybox"));
  await it.write("base/Dockerfile", `${shell}COPY base.txt /www/base.txt\nLABEL devloop.test=${folder}\n`);
  await it.write("web/Dockerfile", dockerfile);
  for (const [name, text] of Object.entries(dependants)) {
    await it.write(`${name}/Dockerfile`, text);
    await it.write(`${name}/version.txt`, `${name}\n`);
  }
}

async function served(it: ProjectRun, path: string, text: string): Promise<void> {
  await eventually(`${path} says ${JSON.stringify(text)}`, async () =>
    (await it.served("web:80", path)).includes(text) ? true : undefined,
  );
}

test("dev: the image of a required artifact is the base of a later stage, and a change of it rolls out", async () => {
  await using it = await projectRun("requires");
  await onBase(
    it.sample,
    `ARG BASE\nFROM scratch AS page\nCOPY site /www/site\nFROM $BASE\nCOPY --from=page /www /www\nCOPY version.txt /www/\n${serve}`,
  );
  await using session = it.start("dev");
  await session.line(/^Watching for changes/);
  expect(session.text).not.toContain("no manifest uses");
  await served(it, "base.txt", "base one");
  await served(it, "version.txt", "one");
  expect(session.text).not.toContain("the Dockerfile is not understood");

  let mark = session.mark();
  await it.sample.write("base/base.txt", "base two\n");
  await session.line(/^Rebuilt and ready in /, { from: mark });
  await served(it, "base.txt", "base two");

  // Only the dependant is built for a file of its own.
  mark = session.mark();
  await it.sample.write("web/version.txt", "two\n");
  await session.line(/^Rebuilt and ready in /, { from: mark });
  expect(session.lines.slice(mark).filter((line) => line.startsWith("Building ["))).toEqual([
    `Building [${it.sample.image}]...`,
  ]);
  await served(it, "version.txt", "two");

  // A file that no stage copies is no input.
  mark = session.mark();
  await it.sample.write("web/notes.md", "new\n");
  await it.sample.write("base/base.txt", "base three\n");
  await session.line(/^Rebuilt and ready in /, { from: mark });
  await served(it, "base.txt", "base three");
  session.interrupt();
  expect(await session.exit()).toBe(0);
});

test("images that are gone from the engine but on the nodes: what a build starts from is built again, nothing else", async () => {
  await using it = await projectRun("pruned");
  await onBase(it.sample, `ARG BASE\nFROM $BASE\nCOPY version.txt /www/\n${serve}`);
  expect((await it.run("run")).code).toBe(0);
  const removeOurs = async () => {
    const all = (await docker("images", "--no-trunc", "--format", "{{.Repository}} {{.ID}}")).split("\n");
    const ours = all.filter((line) => line.startsWith(it.sample.image.replace(/web$/, "")));
    const ids = [...new Set(ours.map((line) => line.split(" ")[1] ?? ""))];
    expect(ids).toHaveLength(2);
    await docker("rmi", "-f", ...ids);
  };
  await removeOurs();
  const idle = await it.run("run");
  expect(idle).toMatchObject({ code: 0 });
  expect(idle.text).not.toContain("Building [");

  await it.sample.write("web/version.txt", "two\n");
  const changed = await it.run("run");
  expect(changed).toMatchObject({ code: 0 });
  await served(it, "version.txt", "two");
  await served(it, "base.txt", "base one");
  expect((await it.run("why", base(it.sample))).text).toContain(`the build of ${it.sample.image} starts from it`);

  // The same in a session, with a base that nothing has changed.
  await using session = it.start("dev");
  await session.line(/^Watching for changes/);
  await removeOurs();
  const mark = session.mark();
  await it.sample.write("web/version.txt", "three\n");
  await session.line(/^Rebuilt and ready in /, { from: mark });
  await served(it, "version.txt", "three");
  session.interrupt();
  expect(await session.exit()).toBe(0);
});

describe("every place where a Dockerfile may name a required image", () => {
  const forms = {
    web: "ARG BASE\nFROM $BASE\nCOPY version.txt /www/\n",
    copied:
      "ARG BASE\nFROM $BASE AS base\nFROM scratch\nCOPY --from=base /www/base.txt /www/\nCOPY version.txt /www/\n",
    nested: "ARG BASE\nARG FULL=$BASE\nFROM $FULL\nARG BASE\nLABEL on=$BASE\nCOPY version.txt /www/\n",
    defaulted: "ARG BASE=scratch\nFROM $BASE\nCOPY version.txt /www/\n",
    unreached: "ARG BASE\nFROM $BASE AS tools\nFROM scratch\nCOPY version.txt /www/\n",
  };
  for (const useBuildkit of [true, false])
    test(`built by ${useBuildkit ? "BuildKit" : "the classic builder"}`, async () => {
      await using it = await sample("forms");
      const { web, ...others } = forms;
      await onBase(it, web, others);
      await it.edit("skaffold.yaml", /useBuildkit: .*/, `useBuildkit: ${useBuildkit} # as the test says`);
      const build = () =>
        devloop(["build"], { cwd: it.directory, env: { DEVLOOP_HOME: it.home, KUBECONFIG: it.path("none") } });
      const first = await build();
      expect(first).toMatchObject({ code: 0 });
      expect(first.text).not.toContain("the Dockerfile is not understood");
      const held = await docker("images", "--format", "{{.Repository}}");
      for (const name of Object.keys(forms)) expect(held).toContain(it.image.replace(/web$/, name));
      const again = await build();
      expect(again).toMatchObject({ code: 0 });
      expect(again.text).not.toContain("Building [");
    });
});
