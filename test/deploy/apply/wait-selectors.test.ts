import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import type { KubeObject } from "../../../src/cluster/cluster.ts";
import { isWaitedBy, readWaitSelectors } from "../../../src/deploy/apply/wait-selectors.ts";
import { type TempFolder, tempFolder } from "../../rig/temp-folder.ts";

let folder: TempFolder;
beforeAll(async () => {
  folder = await tempFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

const read = async (text: string) => {
  const path = join(folder.path, "selectors.json");
  await Bun.write(path, text);
  return readWaitSelectors(path, "selectors.json");
};
const object = (apiVersion: string, kind: string, annotations?: Record<string, string>): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name: "x", ...(annotations ? { annotations } : {}) },
});

const selectors = '{"selectors": [{"group": "^my\\\\.domain$", "kind": "My.*"}, {"group": "whole.dev"}]}';
const off = { "devloop.dev/status-check": "false" };

test.each<[string, string, Record<string, string> | undefined, boolean]>([
  ["apps/v1", "Deployment", undefined, true],
  ["batch/v1", "Job", undefined, true],
  ["v1", "ConfigMap", undefined, false],
  ["sql.cnrm.cloud.google.com/v1", "SQLInstance", undefined, true],
  ["my.domain/v1", "MyKind", undefined, true],
  ["my.domain/v1", "Other", undefined, false],
  ["not-my.domain/v1", "MyKind", undefined, false],
  ["any.whole.dev/v1", "Thing", undefined, true],
  ["other.dev/v1", "Thing", undefined, false],
  ["my.domain/v1", "MyKind", off, false],
  ["apps/v1", "Deployment", off, false],
  ["apps/v1", "Deployment", { "devloop.dev/status-check": "true" }, true],
])("%s %s with the annotations %j is waited for: %p", async (apiVersion, kind, annotations, expected) => {
  expect(isWaitedBy(object(apiVersion, kind, annotations), await read(selectors))).toBe(expected);
});

test("without selectors a kind of one's own is not waited for", () => {
  expect(isWaitedBy(object("my.domain/v1", "MyKind"), [])).toBe(false);
});

test.each([
  ["[", /selectors\.json: JSON/],
  ["{}", /it has no list of selectors/],
  ['{"selectors": [{}]}', /selector 1 has neither a group nor a kind/],
  ['{"selectors": [{"kind": 3}]}', /a kind is not a text/],
  ['{"selectors": [{"kind": "("}]}', /the kind "\(" is no regular expression/],
])("%s is refused", async (text, words) => {
  await expect(read(text)).rejects.toThrow(words);
});

test("a file that is not there is named", () => {
  expect(() => readWaitSelectors(join(folder.path, "none"), "none")).toThrow(
    "--status-check-selectors: none: there is no such file",
  );
});
