/** A config that uses much of the language at once: what fuzzing starts from. */
import { header } from "./config-files.ts";

export const configSample = `${header}metadata: {name: demo}
.anchors: &docker {dockerfile: Dockerfile, buildArgs: {V: "{{.IMAGE_TAG}}", N: }}
requires:
  - {configs: [other], activeProfiles: [{name: ci, activatedBy: [ci]}]}
build:
  tagPolicy: {envTemplate: {template: "{{.X}}"}}
  artifacts:
    - image: acme/web
      docker: {<<: *docker, target: x}
      sync: {manual: [{src: "a/**", dest: /a, strip: a/}]}
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
    patches: [{op: add, path: /build/artifacts/-, value: {image: z, context: q}}, {path: /build/artifacts/image=z/context, value: w}]
---
${header}metadata: {name: other}
`;

/** Pieces that YAML and templates are sensitive to. */
export const configFragments: readonly string[] = [
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
