/** Whatever the bytes: the loader answers with a project or with diagnostics, and never throws. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { loadProject } from "../../src/config/load/load.ts";
import { printDiagnostics } from "../../src/diag/print.ts";
import { header } from "../rig/config-files.ts";
import { configFragments, configSample } from "../rig/config-sample.ts";

async function load(text: string): Promise<void> {
  const { project, diagnostics, explain } = await loadProject({
    cwd: "/nonexistent/folder",
    file: "-",
    text,
    environment: { X: "x", NS: "n" },
    command: "dev",
    profiles: ["ci"],
    currentContext: () => "kind",
    signal: new AbortController().signal,
  });
  expect(project !== undefined || diagnostics.some(({ severity }) => severity === "error")).toBe(true);
  printDiagnostics(diagnostics);
  explain();
}

/** One change at one position: a piece cut out, put twice, or replaced by a fragment. */
const edit = fc.record({
  at: fc.nat(configSample.length),
  cut: fc.nat(40),
  put: fc.oneof(fc.constantFrom(...configFragments), fc.string({ maxLength: 6 })),
  twice: fc.boolean(),
});

test("mutated configs", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (edits) => {
      let text = configSample;
      for (const { at, cut, put, twice } of edits) {
        const piece = text.slice(at, at + cut);
        text = text.slice(0, at) + put + (twice ? piece + piece : "") + text.slice(at + cut);
      }
      await load(text);
    }),
    { numRuns: 1500 },
  );
});

test("random texts", async () => {
  const words = fc.array(fc.oneof(fc.constantFrom(...configFragments), fc.string()), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(words, (parts) => load(parts.join(""))),
    { numRuns: 500 },
  );
});

test("any tree of values in any section", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom("build", "deploy", "manifests", "profiles", "requires", "portForward", "metadata"),
      fc.json(),
      (section, value) => load(`${header}${section}: ${value}\n`),
    ),
    { numRuns: 500 },
  );
});

test.each(['"a\\0b"', "a\u0000b", '"{{ "\\x00" }}"', `"${"x".repeat(5000)}"`, '"\\uD800"'])(
  "paths that can be none: %j",
  async (path) => {
    await load(`${header}requires: [{path: ${path}}]\n`);
    await load(`${header}build: {artifacts: [{image: a, context: ${path}, docker: {dockerfile: ${path}}}]}\n`);
    await load(`${header}manifests: {rawYaml: [${path}]}\n`);
  },
);
