/** What is taken as it is would have been left as it is: a document that counts as untouched upgrades to the same tree. */
import { expect, test } from "bun:test";
import { untouched } from "../../../src/config/upgrade/untouched.ts";
import { upgradeDocument } from "../../../src/config/upgrade/upgrade.ts";
import { type Version, versions } from "../../../src/config/upgrade/versions.ts";
import { toTree } from "../../../src/config/yaml/convert.ts";
import { readYaml } from "../../../src/config/yaml/read.ts";
import { Source } from "../../../src/config/yaml/source.ts";
import { toJson } from "../../../src/config/yaml/tree.ts";
import { samples } from "./corpus.ts";

/** Compares both ways, and tells whether each document of the text is untouched. */
function agree(text: string, version: string): boolean[] {
  const source = new Source("/a.yaml", "a.yaml", text);
  const silent = () => undefined;
  return readYaml(source, silent).map(({ document }) => {
    const tree = toTree(document, source, silent);
    const same = tree?.kind === "map" ? untouched(tree, version as Version) : undefined;
    if (!same) return false;
    const { diagnostics } = upgradeDocument(document, { source });
    expect(diagnostics).toEqual([]);
    const upgraded = toTree(document, source, silent);
    expect(upgraded && toJson(upgraded)).toEqual(toJson(same));
    return true;
  });
}

test.each(samples.map(({ name, version, old }) => ({ name, version, old })))("$name", ({ version, old }) => {
  agree(old, version);
});

test("only versions that no step leads on from", () => {
  const minimal = (version: string) =>
    `apiVersion: skaffold/${version}\nkind: Config\n.a: {b: c}\nbuild: {artifacts: [{image: a}]}\n`;
  const taken = versions.filter((version) => agree(minimal(version), version)[0]);
  expect(taken).toEqual(versions.slice(versions.indexOf("v4beta8" as Version)));
});

test("a key of a later version is not overlooked", () => {
  const text =
    "apiVersion: skaffold/v4beta13\nkind: Config\nbuild:\n  artifacts: [{image: a, buildpacks: {buildArgs: [b]}}]\n";
  expect(agree(text, "v4beta13")).toEqual([false]);
  expect(agree(text.replace("v4beta13", "v4beta14"), "v4beta14")).toEqual([true]);
});
