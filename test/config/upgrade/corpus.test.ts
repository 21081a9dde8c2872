/** Every sample of the corpus becomes what stands beside it, and what already is in the newest version stays. */
import { describe, expect, test } from "bun:test";
import { fixText } from "../../../src/config/upgrade/fix.ts";
import { upgradeDocument } from "../../../src/config/upgrade/upgrade.ts";
import { newest, versions } from "../../../src/config/upgrade/versions.ts";
import { Source } from "../../../src/config/yaml/source.ts";
import { parse, samples } from "./corpus.ts";

test("there is a sample of every version", () => {
  expect(new Set(samples.map(({ version }) => version))).toEqual(new Set<string>(versions));
});

describe("a sample becomes its newest form", () => {
  for (const { name, old, newest: wanted } of samples)
    test(name, () => {
      const documents = parse(old);
      const errors = documents.flatMap((document) => upgradeDocument(document, { source: source(old) }).diagnostics);
      expect(errors.filter(({ severity }) => severity === "error")).toEqual([]);
      expect(documents.map((document) => document.toJS())).toEqual(parse(wanted).map((document) => document.toJS()));
    });
});

describe("the newest form of a sample is left as it is", () => {
  for (const { name, newest: text } of samples)
    test(name, () => {
      for (const document of parse(text)) {
        const upgraded = upgradeDocument(document, { source: source(text) });
        expect(upgraded).toEqual({ from: newest, to: newest, changes: [], diagnostics: [], edits: [] });
      }
      expect(fixText(text, "f.yaml")).toEqual({ text, changes: [], diagnostics: [] });
    });
});

describe("the text of a fixed sample reads as its newest form", () => {
  for (const { name, old, newest: wanted } of samples)
    test(name, () => {
      const fixed = fixText(old, "f.yaml");
      expect(parse(fixed.text).map((document) => document.toJS())).toEqual(parse(wanted).map((d) => d.toJS()));
      expect(fixText(fixed.text, "f.yaml")).toEqual({ text: fixed.text, changes: [], diagnostics: [] });
    });
});

function source(text: string): Source {
  return new Source("f.yaml", "f.yaml", text);
}
