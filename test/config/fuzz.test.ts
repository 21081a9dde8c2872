/** Whatever the bytes: the loader answers with a project or with diagnostics, and never throws. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { loadProject } from "../../src/config/load/load.ts";
import { printDiagnostics } from "../../src/diag/print.ts";
import { header } from "../rig/config-files.ts";

const sample = `${header}metadata: {name: demo}
.anchors: &docker {dockerfile: Dockerfile, buildArgs: {V: "{{.IMAGE_TAG}}", N: }}
requires:
  - {configs: [other], activeProfiles: [{name: ci, activatedBy: [ci]}]}
build:
  tagPolicy: {customTemplate: {template: "{{.A}}", components: [{name: A, sha256: {}}]}}
  artifacts:
    - image: acme/web
      docker: {<<: *docker, target: x}
      sync: {manual: [{src: "a/**", dest: /a, strip: a/}], hooks: {before: [{host: {command: [a]}}]}}
      requires: [{image: acme/base, alias: BASE}]
    - {image: acme/base, context: base}
  local: {push: false, concurrency: 0}
manifests: {rawYaml: ["k8s/*.yaml", '{{env "X" | default "y"}}'], hooks: {after: [{host: {command: [b], withChange: true}}]}}
deploy:
  kubectl: {defaultNamespace: "{{.NS}}", flags: {apply: [--server-side]}, hooks: {before: [{host: {command: [c], os: [linux]}}]}}
  lifecycleHooks: {before: [{command: [d]}]}
  logs: {prefix: auto}
portForward: [{resourceType: service, resourceName: "{{.X}}", port: http, localPort: 8080}]
profiles:
  - name: ci
    activation: [{env: "CI=(true|1)"}, {command: "!dev"}, {kubeContext: kind}]
    build: {tagPolicy: {gitCommit: {variant: Tags}}}
    patches: [{op: add, path: /build/artifacts/-, value: {image: z}}, {path: /build/artifacts/image=z/context, value: w}]
---
${header}metadata: {name: other}
`;

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

const fragments = [
  "{",
  "}",
  "[",
  "]",
  ":",
  "- ",
  "&a ",
  "*a",
  "<<: ",
  "|",
  ">",
  "\t",
  '"',
  "'",
  "{{",
  "}}",
  "\n",
  "---\n",
];
const moreFragments = [
  "null",
  "~",
  "0",
  "-1",
  "1e999",
  "true",
  "!!binary ",
  "%YAML 1.1\n",
  "\u0000",
  "\uFEFF",
  "\uD800",
  "__proto__",
];

/** One change at one position: a piece cut out, put twice, or replaced by a fragment. */
const edit = fc.record({
  at: fc.nat(sample.length),
  cut: fc.nat(40),
  put: fc.oneof(fc.constantFrom(...fragments, ...moreFragments), fc.string({ maxLength: 6 })),
  twice: fc.boolean(),
});

test("mutated configs", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (edits) => {
      let text = sample;
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
  const words = fc.array(fc.oneof(fc.constantFrom(...fragments, ...moreFragments), fc.string()), { maxLength: 30 });
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
