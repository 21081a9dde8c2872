/** Which modules of a project go to which context. */
import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Module, Project } from "../../../src/config/project.ts";
import { modulesByContext, type PlaceMeans, projectPlaces } from "../../../src/deploy/place/project-places.ts";
import { kubeconfigText, type WrittenKubeconfig } from "../../cluster/connect/written-kubeconfig.ts";

/** `kubectl` and `helm` deploy something; `none` only builds. */
const module = (name: string, how: "kubectl" | "helm" | "none", kubeContext?: string) =>
  ({ name, deploy: { ...(how === "none" ? {} : { [how]: {} }), kubeContext } }) as unknown as Module;

const rows: readonly {
  readonly what: string;
  readonly modules: readonly Module[];
  readonly asked?: string;
  readonly current?: string;
  readonly are: readonly (readonly [context: string | undefined, ...modules: string[]])[];
}[] = [
  { what: "no module", modules: [], are: [] },
  { what: "a module without a context", modules: [module("a", "kubectl")], are: [[undefined, "a"]] },
  {
    what: "each with its own, in the order of the modules",
    modules: [module("a", "kubectl", "two"), module("b", "helm", "one"), module("c", "kubectl", "two")],
    are: [
      ["two", "a", "c"],
      ["one", "b"],
    ],
  },
  {
    what: "the current context for a module that names none beside one that does",
    modules: [module("a", "kubectl"), module("b", "kubectl", "two")],
    current: "here",
    are: [
      ["here", "a"],
      ["two", "b"],
    ],
  },
  {
    what: "a module that only builds has the place of the first that deploys",
    modules: [module("a", "none"), module("b", "kubectl", "two"), module("c", "kubectl", "three")],
    current: "here",
    are: [
      ["two", "a", "b"],
      ["three", "c"],
    ],
  },
  {
    what: "a module that only builds and names a context has that one",
    modules: [module("a", "kubectl", "two"), module("b", "none", "three")],
    are: [
      ["two", "a"],
      ["three", "b"],
    ],
  },
  {
    what: "the command line's context for all",
    modules: [module("a", "kubectl", "two"), module("b", "helm", "one")],
    asked: "asked",
    are: [["asked", "a", "b"]],
  },
];

for (const { what, modules, asked, current, are } of rows)
  test(what, () => {
    const found = [...modulesByContext(modules, asked, current)];
    expect(found.map(([context, some]) => [context, ...some.map(({ name }) => name)])).toEqual(
      are.map((row) => [...row]),
    );
  });

test("a kubeconfig that was written anew is read by the next project; the same one leads to the same cluster", async () => {
  const folder = mkdtempSync(join(tmpdir(), "devloop-places-"));
  const kubeconfig = join(folder, "config");
  const write = (config: WrittenKubeconfig) => writeFileSync(kubeconfig, kubeconfigText(config));
  const means = {
    env: {},
    kubeconfig,
    store: {},
    late: new AsyncDisposableStack(),
    signal: new AbortController().signal,
  };
  const placesOf = projectPlaces(means as unknown as PlaceMeans);
  const project = { file: "skaffold.yaml", cwd: folder, files: [], modules: [] } as unknown as Project;
  const clusterNow = () => placesOf(project, undefined)[0].cluster();
  write({ server: "https://127.0.0.1:1" });
  const before = await clusterNow();
  write({ server: "https://127.0.0.1:1", current: "second", namespace: "other" });
  expect(await clusterNow()).toBe(before);
  write({ server: "https://127.0.0.1:2", current: "second" });
  const after = await clusterNow();
  expect([after.context, after.endpoint.url]).toEqual(["first", "https://127.0.0.1:2"]);
  expect(after.connection).not.toBe(before.connection as string);
  expect(await clusterNow()).toBe(after);
  write({ server: "https://127.0.0.1:1" });
  expect(await clusterNow()).toBe(before);
  write({ server: "https://127.0.0.1:2" });
  expect(await clusterNow()).toBe(after);
  rmSync(kubeconfig);
  expect(await clusterNow()).toBe(after);
  rmSync(folder, { recursive: true });
});
