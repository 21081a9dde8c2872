/** What is kept of kustomize's output, held against the real program, which a wrapper counts. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { taskId } from "../../../src/phase/ids.ts";
import { type Kustomized, kustomizeBuild } from "../../../src/tool/kustomize.ts";
import { type Fakes, fakes } from "../../rig/fake-program.ts";
import { kustomizations } from "../kustomizations.ts";

const path = process.env.PATH;
let on: Fakes;
beforeAll(async () => {
  on = await fakes();
  await on.add("kustomize", `exec '${Bun.which("kustomize")}' "$@"`);
  process.env.PATH = `${join(on.home, "bin")}:${path}`;
});
afterAll(async () => {
  process.env.PATH = path;
  await on[Symbol.asyncDispose]();
});

const map = (name: string, value: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {a: "${value}"}\n`;
const files: Readonly<Record<string, string>> = {
  "overlay/kustomization.yaml": `resources: [../base]
patches: [{path: patch.yaml}]
secretGenerator: [{name: token, envs: [token.env]}]
configMapGenerator: [{name: page, files: [page.html]}]
`,
  "overlay/patch.yaml": map("base", "2"),
  "overlay/token.env": "TOKEN=hunter2\n",
  "overlay/page.html": "<p>one</p>",
  "base/kustomization.yaml": "resources: [base.yaml]\n",
  "base/base.yaml": map("base", "1"),
};
/** Each save changes what is made. */
const saves: readonly (readonly [string, string])[] = [
  ["overlay/page.html", "<p>two</p>"],
  ["overlay/token.env", "TOKEN=correct horse\n"],
  ["overlay/patch.yaml", map("base", "3")],
  ["base/base.yaml", `${map("base", "1").trimEnd()}\nimmutable: true\n`],
  ["overlay/kustomization.yaml", `namePrefix: x-\n${files["overlay/kustomization.yaml"]}`],
];

test("over starts and saves it is what kustomize would print, and kustomize starts for its own files alone", async () => {
  const modules: Record<string, object> = {};
  await using all = await kustomizations(modules);
  modules.app = { kustomizations: [all.source("overlay")] };
  for (const [file, text] of Object.entries(files)) await all.write(file, text);
  const printed = async () =>
    (await kustomizeBuild({ target: "overlay", args: [], cwd: all.cwd }, new AbortController().signal)).manifests;
  const derived = (outputs: ReadonlyMap<string, unknown>) =>
    (outputs.get(taskId.kustomize("app/overlay")) as Kustomized).manifests;
  /** How often the pass started it, and whether it came to what kustomize prints now. */
  const passed = async (session: Awaited<ReturnType<typeof all.session>>, ...changed: readonly string[]) => {
    const before = (await on.calls()).length;
    const { outputs, failed } = await session.pass({ paths: changed.map((file) => ({ path: join(all.cwd, file) })) });
    const starts = (await on.calls()).length - before;
    expect(failed).toEqual([]);
    expect(derived(outputs)).toBe(await printed());
    return starts;
  };
  {
    await using session = await all.session();
    expect(await passed(session)).toBe(1);
    expect(await passed(session, "main.go", "overlay/notes.txt")).toBe(0);
    for (const [file, text] of saves) {
      await all.write(file, text);
      expect([file, await passed(session, file)]).toEqual([file, 1]);
    }
  }
  await using session = await all.session();
  expect(await passed(session)).toBe(0);
  // A file that goes is a change as well.
  await rm(join(all.cwd, "base/base.yaml"));
  const { failed } = await session.pass({ paths: [{ path: join(all.cwd, "base/base.yaml") }] });
  expect(failed[0]?.diagnostics[0]?.message).toStartWith("kustomize failed");
});
