/** Some modules of a project and all of them: one owner, one cache, and a clean-up that keeps to the modules it is for. */
import { expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import { eventually } from "../rig/eventually.ts";
import { getObject } from "../rig/kubectl.ts";
import { type ProjectRun, projectRun } from "../rig/project-run.ts";

/** The sample as the module `web`, and two modules of one ConfigMap each; `front` requires `web`. */
async function modules(it: ProjectRun): Promise<void> {
  const { sample } = it;
  const map = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`;
  const module = (name: string, requires: string) => `---
apiVersion: skaffold/v4beta11
kind: Config
metadata: {name: ${name}}
${requires}manifests: {rawYaml: [${name}/*.yaml]}
deploy: {kubectl: {}}
`;
  await sample.write("front/map.yaml", map("front"));
  await sample.write("aside/map.yaml", map("aside"));
  await sample.edit("skaffold.yaml", "name: sample", "name: web");
  const text = await Bun.file(sample.path("skaffold.yaml")).text();
  const front = module("front", "requires: [{configs: [web]}]\n");
  await sample.write("skaffold.yaml", text + front + module("aside", ""));
}

const there = async (it: ProjectRun) => {
  const names = ["web", "front", "aside"];
  const kinds: Record<string, string> = { web: "deployment" };
  const found = names.map(async (name) => {
    const object = await getObject(it.namespace, kinds[name] ?? "configmap", name);
    return object !== undefined && object.metadata.deletionTimestamp === undefined ? [name] : [];
  });
  return (await Promise.all(found)).flat();
};

test("a run of all takes up what a run of some left, and delete -m leaves the others", async () => {
  await using it = await projectRun("modules");
  await modules(it);
  expect((await it.run("run", "-m", "aside")).code).toBe(0);
  expect(await there(it)).toEqual(["aside"]);
  expect((await it.run("run", "-m", "front")).code).toBe(0);
  it.proxy.forget();
  const all = await it.run("run");
  expect(all.code).toBe(0);
  expect(all.text).toContain("Found Locally");
  expect(it.proxy.writes()).toEqual([]);

  const planned = await it.run("delete", "-m", "aside", "--dry-run");
  expect(planned.text.match(/would be deleted/g)).toHaveLength(1);
  expect((await it.run("delete", "-m", "aside")).code).toBe(0);
  expect(await there(it)).toEqual(["web", "front"]);
  expect((await it.run("delete", "-m", "aside")).text).toContain("nothing of these modules is in the namespace");
  expect((await it.run("delete")).code).toBe(0);
  expect(await there(it)).toEqual([]);
}, 300_000);

test("sessions for modules apart run side by side and clean up their own; for one module there is one session", async () => {
  await using it = await projectRun("modules-dev");
  await modules(it);
  await using front = it.start("dev", "-m", "front");
  await front.line(/^Watching for changes/);
  const second = await it.run("dev", "-m", "web");
  expect(second.code).toBe(1);
  expect(second.text).toContain(`process ${front.pid} is already running dev`);
  await using aside = it.start("dev", "-m", "aside");
  await aside.line(/^Watching for changes/);
  expect(await there(it)).toEqual(["web", "front", "aside"]);
  front.interrupt();
  expect(await front.exit()).toBe(0);
  expect(await there(it)).toEqual(["aside"]);
  aside.interrupt();
  expect(await aside.exit()).toBe(0);
  expect(await there(it)).toEqual([]);
}, 300_000);

test("a manifest saved while another module renders is applied; the save of one module starts no hook of another", async () => {
  await using it = await projectRun("modules-render");
  await modules(it);
  const { sample } = it;
  await sample.write("hook.sh", "echo run >> runs.txt\nwhile [ -e hold ]; do sleep 0.05; done\n");
  const hook = 'hooks: {before: [{host: {command: ["sh", "hook.sh"]}}]}';
  await sample.edit("skaffold.yaml", "manifests: {rawYaml: [front/*.yaml]}", `manifests: {rawYaml: [front], ${hook}}`);
  const runs = async () => (await Bun.file(sample.path("runs.txt")).text()).trim().split("\n").length;
  const data = async (name: string) => (await getObject(it.namespace, "configmap", name))?.data;
  await using session = it.start("dev", "-m", "front,aside", "-v", "info");
  await session.line(/^Watching for changes/);
  const before = await runs();

  const mark = session.mark();
  await sample.write("hold", "");
  const map = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {A: saved}\n`;
  await sample.write("front/map.yaml", map("front"));
  await eventually("the hook of front", async () => ((await runs()) > before ? true : undefined));
  await sample.write("aside/map.yaml", map("aside"));
  await session.line(/^ ~ aside\/map\.yaml: /, { from: mark });
  await rm(sample.path("hold"));
  for (const name of ["front", "aside"])
    await eventually(`the map ${name}`, async () => ((await data(name))?.A === "saved" ? true : undefined));
  const afterBoth = await runs();

  await sample.write("aside/map.yaml", map("aside").replace("saved", "again"));
  await eventually("the map aside", async () => ((await data("aside"))?.A === "again" ? true : undefined));
  expect(await runs()).toBe(afterBoth);
  session.interrupt();
  expect(await session.exit()).toBe(0);
}, 300_000);
