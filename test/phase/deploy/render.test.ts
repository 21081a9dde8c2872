import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { usualFlags } from "../../../src/deploy/apply/apply-flags.ts";
import type { Task } from "../../../src/graph/task.ts";
import type { DeployWork } from "../../../src/phase/deploy/deploy-work.ts";
import { type ManifestsOutput, manifestsTask } from "../../../src/phase/deploy/manifests.ts";
import { printedObjectsTask } from "../../../src/phase/deploy/objects.ts";
import { renderTasks } from "../../../src/phase/deploy/render.ts";
import { fileStamp } from "../../../src/phase/file-stamp.ts";
import { taskId } from "../../../src/phase/ids.ts";
import { graphSession } from "../../rig/graph-session.ts";

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "devloop-render-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const place = { file: "skaffold.yaml", line: 7, column: 7, length: 3, text: "    - k8s" };
const source = (pattern: string, more: object = {}) =>
  ({ pattern: join(directory, pattern), kind: "path", isDefault: false, at: place, ...more }) as const;

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(join(directory, file)), { recursive: true });
  await writeFile(join(directory, file), text);
}

async function render(patterns: readonly ReturnType<typeof source>[], more: Partial<DeployWork> = {}) {
  const images: Readonly<Record<string, string>> = { "acme/web": "acme/web:abc" };
  const { executor, events } = graphSession();
  const work: Omit<DeployWork, "target"> = {
    modules: [{ module: "app", flags: usualFlags, hooks: { before: [], after: [] }, statusCheck: true }],
    images: Object.keys(images),
    expected: Object.keys(images),
    labels: {},
    adopt: false,
    wait: { deadlineMs: 1, tolerateFailures: false },
    session: "1",
    facts: {},
    seal: (value) => value,
    ...more,
  };
  const hooks = { before: [], after: [] };
  const delivered = Object.entries(images).map(
    ([image, reference]): Task => ({
      id: taskId.deliver(image),
      kind: "deliver",
      mode: "observe",
      deps: [],
      run: async () => ({ reference }),
    }),
  );
  const tasks = [
    ...renderTasks({
      module: "app",
      sources: patterns,
      kustomizations: [],
      cwd: directory,
      hooks,
      facts: {},
      seal: (value) => value,
    }),
    ...delivered,
    printedObjectsTask(work),
    manifestsTask(work.images, work.selectors),
  ];
  const { outputs, failed } = await executor.pass({ tasks, signal: new AbortController().signal, onFailure: "stop" });
  const notices = events.flatMap((event) => (event.type === "notice" ? [event.text] : []));
  const text = (outputs.get(taskId.manifests) as ManifestsOutput | undefined)?.text;
  return { text, complaints: failed.flatMap(({ diagnostics }) => diagnostics), notices };
}

const pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: acme/web}]}\n";
const map = (name: string) => `kind: ConfigMap\napiVersion: v1\nmetadata: {name: ${name}}\n`;

test("prints every object, fields sorted, images in, joined by ---; twice the same text", async () => {
  await write("a/1-pod.yaml", pod);
  await write("a/2-map.yml", `${map("m")}data: {mode: 0644, on: "yes"}\n`);
  const first = await render([source("a/*.y*ml")], { namespace: "shop", labels: { team: "blue" } });
  expect(first.complaints).toEqual([]);
  expect(first.text).toBe(`apiVersion: v1
kind: Pod
metadata:
  labels:
    team: blue
  name: p
  namespace: shop
spec:
  containers:
  - image: acme/web:abc
    name: c
---
apiVersion: v1
data:
  mode: 420
  "on": "yes"
kind: ConfigMap
metadata:
  name: m
  namespace: shop`);
  expect((await render([source("a/*.y*ml")], { namespace: "shop", labels: { team: "blue" } })).text).toBe(first.text);
});

test("without -n no namespace is written", async () => {
  await write("b/map.yaml", map("m"));
  expect((await render([source("b/*.yaml")])).text).not.toContain("namespace");
});

test("a glob takes YAML and JSON alone, a named file is taken whatever its ending, a folder with all below it", async () => {
  await write("c/map.yaml", map("yaml"));
  await write("c/map.json", '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "json"}}');
  await write("c/readme.txt", "no manifest");
  await write("c/template.tpl", map("named"));
  await write("c/deep/er/map.yaml", map("deep"));
  const names = (text: string | undefined) => [...(text ?? "").matchAll(/name: (\w+)/g)].map(([, name]) => name);
  expect(names((await render([source("c/*.*")])).text)).toEqual(["json", "yaml"]);
  expect(names((await render([source("c/template.tpl"), source("c/*.yaml")])).text)).toEqual(["named", "yaml"]);
  expect(names((await render([source("c")])).text)).toEqual(["deep", "json", "yaml"]);
  expect(names((await render([source("c/*"), source("c/map.yaml")])).text)).toEqual(["deep", "json", "yaml"]);
});

test.each(["linked", "linked/*", "linked/**", "linked/sub", "linked/sub/*.yaml"])(
  "a link to a file elsewhere is a manifest: %s",
  async (pattern) => {
    await write("elsewhere/real.yaml", map("elsewhere"));
    await mkdir(join(directory, "linked/sub"), { recursive: true });
    await rm(join(directory, "linked/sub/a.yaml"), { force: true });
    await symlink(join(directory, "elsewhere/real.yaml"), join(directory, "linked/sub/a.yaml"));
    const { text, complaints } = await render([source(pattern)]);
    expect(complaints).toEqual([]);
    expect(text).toContain("name: elsewhere");
  },
);

test("a link that leads nowhere is told; one that leads round in a circle is not entered", async () => {
  await write("links/map.yaml", map("m"));
  await symlink(join(directory, "links"), join(directory, "links/again.yaml"));
  expect((await render([source("links")])).complaints).toEqual([]);
  await symlink(join(directory, "nowhere.yaml"), join(directory, "links/gone.yaml"));
  expect((await render([source("links")])).complaints).toMatchObject([
    { message: "the manifest links/gone.yaml cannot be read" },
  ]);
});

test("a linked manifest whose target is saved while it is read is read again", async () => {
  await write("outside/target.yaml", map("before"));
  await mkdir(join(directory, "followed"), { recursive: true });
  await symlink(join(directory, "outside/target.yaml"), join(directory, "followed/a.yaml"));
  const link = join(directory, "followed/a.yaml");
  const before = fileStamp(link);
  await write("outside/target.yaml", map("afterwards"));
  expect(fileStamp(link)).not.toBe(before);
  await rm(join(directory, "outside/target.yaml"));
  expect(fileStamp(link)).toBe("");
});

test("a pattern without a match is an error where it was written, unless nobody wrote it", async () => {
  const { complaints } = await render([source("none/*.yaml"), source("none/file.yaml")]);
  expect(complaints).toMatchObject([
    { message: `no manifest matches ${join(directory, "none/*.yaml")}`, at: place },
    { message: `no manifest matches ${join(directory, "none/file.yaml")}`, at: place },
  ]);
  const byDefault = await render([source("none/*.yaml", { isDefault: true })]);
  expect(byDefault).toMatchObject({ complaints: [], text: "" });
});

test("an object that is there twice is refused, with both places", async () => {
  await write("d/1.yaml", map("twice"));
  await write("d/2.yaml", `${map("once")}---\n${map("twice")}`);
  const { complaints } = await render([source("d/*.yaml")]);
  expect(complaints).toMatchObject([
    {
      message: "configmap/twice is there twice, first in d/1.yaml on line 1",
      at: { file: "d/2.yaml", line: 5, text: "kind: ConfigMap" },
    },
  ]);
});

test("all complaints of all files come at once", async () => {
  await write("e/1.yaml", "kind: X\n");
  await write("e/2.yaml", "a: [\n");
  const { complaints } = await render([source("e/*.yaml")]);
  expect(complaints.map(({ at }) => at?.file)).toEqual(["e/1.yaml", "e/2.yaml"]);
});

test("an image that nothing uses is told", async () => {
  await write("f/map.yaml", map("m"));
  expect((await render([source("f/*.yaml")])).notices).toEqual(["no manifest uses the image acme/web"]);
});
