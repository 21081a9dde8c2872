/** Manifests in a session: read again where a file of the module changed, and not for what the module's own hooks write. */
import { expect, test } from "bun:test";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { RenderWork } from "../../../src/phase/deploy/render.ts";
import { kustomizations, at as place } from "../kustomizations.ts";

const map = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`;

/** Modules with manifests in `<module>/*.yaml`; `more` by module. */
async function modules(more: Readonly<Record<string, (cwd: string) => Partial<RenderWork>>>) {
  const works: Record<string, Partial<RenderWork>> = {};
  const all = await kustomizations(works);
  for (const [module, of] of Object.entries(more)) {
    const pattern = join(all.cwd, module, "*.yaml");
    works[module] = { sources: [{ pattern, kind: "path", isDefault: false, at: place }], ...of(all.cwd) };
    await all.write(`${module}/a.yaml`, map("one"));
  }
  const session = await all.session();
  const renders = () =>
    session.events.flatMap((event) => (event.type === "task-started" && event.kind === "render" ? [event.task] : []));
  return {
    ...all,
    session,
    renders,
    async pass(...changed: readonly string[]) {
      const before = renders().length;
      const paths = changed.map((path) => ({ path: join(all.cwd, path) }));
      const result = await session.pass(changed.length === 0 ? { paths: [], lost: true } : { paths });
      return { result, rendered: renders().slice(before), names: (module: string) => session.names(result, module) };
    },
    /** Whether a save of the path would be looked at. */
    counts: (path: string) => session.executor.concerned(join(all.cwd, path)),
    async [Symbol.asyncDispose]() {
      await session[Symbol.asyncDispose]();
      await all[Symbol.asyncDispose]();
    },
  };
}

test("each module is rendered for its own files", async () => {
  await using it = await modules({ app: () => ({}), side: () => ({}) });
  expect((await it.pass()).rendered.sort()).toEqual(["render:app", "render:side"]);
  await it.write("app/a.yaml", map("two"));
  await it.write("notes.txt", "x");
  const saved = await it.pass("app/a.yaml", "notes.txt");
  expect(saved.rendered).toEqual(["render:app"]);
  expect([saved.names("app"), saved.names("side")]).toEqual([["two"], ["one"]]);
  await it.write("app/b.yaml", map("new"));
  expect((await it.pass("app/b.yaml")).names("app")).toEqual(["two", "new"]);
  await rm(join(it.cwd, "app/b.yaml"));
  expect((await it.pass("app/b.yaml")).names("app")).toEqual(["two"]);
});

test("a folder that is moved away is told by its top alone", async () => {
  await using it = await modules({ app: () => ({}) });
  await it.pass();
  await rename(join(it.cwd, "app"), join(it.cwd, "gone"));
  expect(it.counts("app")).toMatchObject([{ task: "render:app", changes: true }]);
  const { result } = await it.pass("app");
  expect(result.failed[0]?.diagnostics[0]?.message).toContain("no manifest matches");
});

test("what a hook before the render writes leads to no further render, a save over it does", async () => {
  await using it = await modules({
    app: (cwd) => ({
      hooks: {
        before: [
          {
            command: ["sh", "-c", `printf '${map("made").replaceAll("\n", "\\n")}' >app/made.yaml`],
            os: [],
            dir: cwd,
            at: place,
          },
        ],
        after: [],
      },
    }),
  });
  expect((await it.pass()).names("app")).toEqual(["one", "made"]);
  expect(it.counts("app/made.yaml")).toEqual([
    { task: "render:app", kind: "render", rule: "app/*.yaml", changes: false },
  ]);
  expect((await it.pass("app/made.yaml")).rendered).toEqual([]);
  await it.write("app/a.yaml", map("two"));
  expect((await it.pass("app/a.yaml", "app/made.yaml")).rendered).toEqual(["render:app"]);
  await it.write("app/made.yaml", map("mine"));
  expect(it.counts("app/made.yaml")).toMatchObject([{ changes: true }]);
});

test("what is broken is read again once it is mended, and for nothing that it left behind", async () => {
  await using it = await modules({ app: () => ({}) });
  await it.write("app/a.yaml", "kind: [\n");
  expect((await it.pass()).result.outcome).toBe("failed");
  expect(it.counts("app/a.yaml")).toMatchObject([{ changes: false }]);
  expect(it.counts("app/b.yaml")).toMatchObject([{ changes: false }]);
  await it.write("app/a.yaml", map("mended"));
  expect(it.counts("app/a.yaml")).toMatchObject([{ changes: true }]);
  expect((await it.pass("app/a.yaml")).names("app")).toEqual(["mended"]);
});

test("a module without any manifest is read once there is one", async () => {
  await using it = await modules({ app: () => ({}) });
  await rm(join(it.cwd, "app/a.yaml"));
  expect((await it.pass()).result.outcome).toBe("failed");
  await it.write("app/a.yaml", map("late"));
  expect(it.counts("app/a.yaml")).toMatchObject([{ changes: true }]);
  expect((await it.pass("app/a.yaml")).names("app")).toEqual(["late"]);
});
