/** Which ko builds need the engine: all others leave their image in a layout. */
import { expect, test } from "bun:test";
import { builders } from "../../../src/build/builders.ts";
import { loadFiles } from "../../rig/config-files.ts";

const base = `  - {image: base, context: ., docker: {}}\n`;

test.each<[string, string, boolean]>([
  ["by default", "ko: {}", false],
  ["from an image of a registry", "ko: {fromImage: r.io/base:1}", false],
  ["from the image of another artifact", "ko: {fromImage: BASE}\n    requires: [{image: base, alias: BASE}]", true],
  [
    "beside a required image that is not its base",
    "ko: {fromImage: r.io/base:1}\n    requires: [{image: base}]",
    false,
  ],
  ["with commands before the build", "ko: {}\n    hooks: {before: [{command: [true]}]}", false],
  ["with commands after the build", "ko: {}\n    hooks: {after: [{command: [true]}]}", true],
])("a build %s", async (_what, section, expected) => {
  const { project, printed } = await loadFiles({
    "skaffold.yaml": `apiVersion: skaffold/v4beta11\nkind: Config\nbuild:\n  artifacts:\n${base}  - image: app\n    ${section}\n`,
  });
  const app = project?.modules[0]?.artifacts.find(({ image }) => image === "app");
  if (app === undefined) throw new Error(printed);
  expect(builders.get("ko")?.needsEngine(app)).toBe(expected);
});
