/** Which releases the modules of one cluster have. */
import { expect, test } from "bun:test";
import { releaseHooksOf, releasesOf } from "../../../src/phase/helm/place-releases.ts";
import { header, loadFiles } from "../../rig/config-files.ts";

test("every release of every module, in order, with whether it is waited for", async () => {
  const doc = (name: string, more: string, ...releases: string[]) =>
    `${header}metadata: {name: ${name}}\ndeploy:\n  ${more}\n  helm: {releases: [${releases
      .map((release) => `{name: ${release}, chartPath: chart}`)
      .join(", ")}]}\n`;
  const text = [doc("a", "statusCheck: false", "one", "two"), doc("b", "statusCheckDeadlineSeconds: 5", "three")].join(
    "---\n",
  );
  const { project, printed } = await loadFiles({ "skaffold.yaml": text });
  if (!project) throw new Error(printed);
  const found = (asked: boolean | undefined) =>
    releasesOf(project.modules, asked).map(({ module, release, statusCheck }) => [module, release.name, statusCheck]);
  expect(found(undefined)).toEqual([
    ["a", "one", false],
    ["a", "two", false],
    ["b", "three", true],
  ]);
  expect(found(true).map(([, , statusCheck]) => statusCheck)).toEqual([true, true, true]);
});

test("hooks of a module's whole deployment stand around its releases where nothing else of it is applied", async () => {
  const around = "lifecycleHooks: {before: [{command: [outer]}], after: [{command: [outer]}]}";
  const inner =
    "hooks: {before: [{host: {command: [inner]}}], after: [{container: {command: [inner], podName: web-*}}]}";
  const releases = `helm: {${inner}, releases: [{name: one, chartPath: chart}]}`;
  const text = [
    `${header}metadata: {name: a}\ndeploy: {${around}, ${releases}}\n`,
    `${header}metadata: {name: b}\ndeploy: {${around}, kubectl: {}, ${releases.replace("one", "two")}}\n`,
    `${header}metadata: {name: c}\ndeploy: {${around}, kubectl: {}}\n`,
  ].join("---\n");
  const { project, printed } = await loadFiles({ "skaffold.yaml": text });
  if (!project) throw new Error(printed);
  const names = (hooks: readonly { readonly command: readonly string[] }[]) => hooks.map(({ command }) => command[0]);
  expect(
    releaseHooksOf(project.modules).map(({ module, before, after }) => [module, names(before), names(after)]),
  ).toEqual([
    ["a", ["outer", "inner"], ["inner", "outer"]],
    ["b", ["inner"], ["inner"]],
  ]);
});
