/** What the deployment of one cluster's modules is made of, from real configurations. */
import { expect, test } from "bun:test";
import { Failure } from "../../../src/diag/failure.ts";
import { type DeploySettings, type PlaceWork, placeWork, printedWork } from "../../../src/phase/deploy/place-work.ts";
import { header, loadFiles } from "../../rig/config-files.ts";

const settings: DeploySettings = {
  namespace: undefined,
  defaultRepo: undefined,
  statusCheck: undefined,
  labels: [],
  adopt: false,
  tolerateFailures: false,
  waitSelectors: undefined,
  chosen: undefined,
  kubeconfig: undefined,
  expand: ({ text }) => text,
  run: "run-1",
  seal: (value) => value,
};

/** The work of all modules of the documents in one place, unless it is for those of `here` alone. */
async function works(
  documents: readonly string[],
  options: Partial<DeploySettings> & { readonly here?: readonly string[]; readonly scope?: string } = {},
  named: readonly string[] = [],
) {
  const { here, scope, ...given } = options;
  const text = documents.map((body) => header + body).join("---\n");
  const { project, printed } = await loadFiles({ "skaffold.yaml": text });
  if (!project) throw new Error(printed);
  const asked: (string | undefined)[] = [];
  const place = {
    scope,
    context: "kind",
    modules: project.modules.filter(({ name }) => here?.includes(name) ?? true),
    target: async (namespace: string | undefined) => {
      asked.push(namespace);
      return undefined as never;
    },
  };
  const images = named.map((image) => ({ image, expected: true }));
  return { asked, ...placeWork(place, project, images, { ...settings, ...given }) };
}
const refusal = (taking: Promise<unknown>) => taking.then(() => "taken").catch((thrown: Error) => thrown.message);
const doc = (name: string, deploy = "{kubectl: {}}", more = "") =>
  `metadata: {name: ${name}}\ndeploy: ${deploy}\n${more}`;
const builds = (...images: string[]) =>
  `build: {artifacts: [${images.map((image) => `{image: ${image}}`).join(", ")}]}\n`;

test("a module without a deployer is rendered and applied by nobody", async () => {
  const { work, renders } = await works([doc("web"), `metadata: {name: only-built}\n${builds("tool")}`]);
  expect([work.modules.map(({ module }) => module), renders.map(({ module }) => module)]).toEqual([["web"], ["web"]]);
});

test("the namespace is the command line's, else the first that a module names, else the kubeconfig's", async () => {
  const two = [doc("a"), doc("b", "{kubectl: {defaultNamespace: shop}}")];
  for (const [namespace, documents, is] of [
    ["asked", two, "asked"],
    [undefined, two, "shop"],
    [undefined, [doc("a")], undefined],
  ] as const) {
    const { work, asked } = await works(documents, { namespace });
    await work.target();
    expect([asked, work.namespace]).toEqual([[is], namespace]);
  }
});

test("the deadline is the longest that a module asks for, ten minutes where none does", async () => {
  expect((await works([doc("a")])).work.wait.deadlineMs).toBe(600_000);
  const two = [
    doc("a", "{kubectl: {}, statusCheckDeadlineSeconds: 30}"),
    doc("b", "{kubectl: {}, statusCheckDeadlineSeconds: 90}"),
  ];
  expect((await works(two)).work.wait.deadlineMs).toBe(90_000);
});

test("the command line's status check wins over a module's", async () => {
  const documents = [doc("a", "{kubectl: {}, statusCheck: false}"), doc("b")];
  const checks = async (statusCheck: boolean | undefined) =>
    (await works(documents, { statusCheck })).work.modules.map((module) => module.statusCheck);
  expect([await checks(undefined), await checks(true), await checks(false)]).toEqual([
    [false, true],
    [true, true],
    [false, false],
  ]);
});

test("an image is expected where its module deploys, and one that nobody builds anywhere", async () => {
  const documents = [doc("web", undefined, builds("web")), doc("edge", undefined, builds("edge"))];
  const expected = async (...here: string[]) =>
    (await works(documents, { here }, ["web", "edge", "given"])).work.expected;
  expect([await expected("web"), await expected("edge")]).toEqual([
    ["web", "given"],
    ["edge", "given"],
  ]);
});

test("where there are releases no image is expected in manifests", async () => {
  const release = "{kubectl: {}, helm: {releases: [{name: r, chartPath: chart}]}}";
  expect((await works([doc("web", release, builds("web"))], {}, ["web"])).work.expected).toEqual([]);
});

test("every flag that is not understood is refused at once, and a label that is none", async () => {
  const flags = (name: string) => doc(name, `{kubectl: {flags: {apply: [--wobble-${name}]}}}`);
  const failed = await works([flags("a"), flags("b")]).catch((thrown: unknown) => thrown);
  const words = failed instanceof Failure ? failed.diagnostics.map(({ message }) => message) : [];
  expect(words).toEqual([expect.stringContaining("--wobble-a"), expect.stringContaining("--wobble-b")]);
  expect(await refusal(works([doc("a")], { labels: ["a=b", "nothing"] }))).toContain('"nothing" is not of the form');
  expect((await works([doc("a")], { labels: ["a=b", "c="] })).work.labels).toEqual({ a: "b", c: "" });
});

test("hooks around the whole deployment enclose those of the deployer", async () => {
  const both = (before: string, after: string) => `{before: [${before}], after: [${after}]}`;
  const inner = both("{host: {command: [inner-before]}}", "{host: {command: [inner-after]}}");
  const outer = both("{command: [outer-before]}", "{command: [outer-after]}");
  const { work } = await works([doc("a", `{kubectl: {hooks: ${inner}}, lifecycleHooks: ${outer}}`)]);
  const hooks = work.modules[0]?.hooks;
  expect([hooks?.before, hooks?.after].map((all) => all?.map(({ command }) => command[0]))).toEqual([
    ["outer-before", "inner-before"],
    ["inner-after", "outer-after"],
  ]);
});

test("the printed work has the modules, images and selectors of every place, and no scope", async () => {
  const selector = (kind: string) => `resourceSelector: {allow: [{groupKind: ${kind}.example.com}]}\n`;
  const documents = [
    doc("web", undefined, builds("web") + selector("A")),
    doc("edge", undefined, builds("edge") + selector("B")),
  ];
  const at = (name: string) => works(documents, { here: [name], scope: name }, ["web", "edge"]);
  const places: [PlaceWork, PlaceWork] = [await at("web"), await at("edge")];
  const { work, renders } = printedWork(places);
  expect(work.scope).toBeUndefined();
  expect(renders.map(({ module }) => module)).toEqual(["web", "edge"]);
  expect([work.modules.map(({ module }) => module), work.expected]).toEqual([
    ["web", "edge"],
    ["web", "edge"],
  ]);
  expect(work.selectors?.allow).toHaveLength(2);
});

test("failures before the deadline are tolerated where the command or one of the modules says so", async () => {
  const tolerant = doc("a", "{kubectl: {}, tolerateFailuresUntilDeadline: true}");
  for (const [documents, tolerateFailures, is] of [
    [[doc("a"), doc("b")], false, false],
    [[doc("b"), tolerant], false, true],
    [[doc("a")], true, true],
  ] as const) {
    const { work } = await works(documents, { tolerateFailures });
    expect(work.wait.tolerateFailures).toBe(is);
  }
});
