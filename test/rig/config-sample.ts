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

/** One part of the language each. */
export const smallSamples: readonly string[] = [
  'build:\n  artifacts:\n    - image: a/b # why\n      context: ./c\n      docker: {dockerfile: D, buildArgs: {V: "{{.IMAGE_TAG}}"}}\n',
  "build:\n  artifacts:\n  - image: a\n    sync:\n      manual: [{src: 'a/**', dest: /a, strip: a/}]\n    requires: [{image: b, alias: B}]\n  - image: b\n",
  "build:\n  tagPolicy:\n    customTemplate:\n      template: '{{.A}}-{{.B}}'\n      components: [{name: A, gitCommit: {}}, {name: B, dateTime: {format: '2006'}}]\n",
  'build: {tagPolicy: {envTemplate: {template: "{{.X | default 1 | printf `%v`}}"}}, local: {push: false, concurrency: 0}}\n',
  "manifests:\n  rawYaml:\n    - k8s/*.yaml\n    - '{{env \"X\"}}'\n  hooks: {before: [{host: {command: [a], os: [linux]}}]}\n",
  "deploy:\n  kubectl:\n    defaultNamespace: n\n    flags: {apply: [--server-side]}\n    hooks:\n      after:\n        - host:\n            command:\n              - sh\n              - -c\n              - |\n                a\n\n                b # c\n            dir: |-\n              d\n",
  "deploy:\n  statusCheckDeadlineSeconds: 10\n  logs: {prefix: auto}\n  kubeContext: c\nportForward:\n  - resourceType: service\n    resourceName: s\n    port: 80\n    localPort: 8080\n",
  "profiles:\n  - name: ci\n    activation: [{env: 'X=x'}, {command: '!dev'}]\n    deploy: {kubeContext: c}\n    patches: [{op: add, path: /deploy/logs, value: {prefix: auto}}]\ndeploy: {kubectl: {}}\n",
  ".a: &a {image: a}\nbuild:\n  artifacts:\n    - <<: *a\n      context: |\n        x\n        y\n    - {<<: *a, image: b}\n",
  "requires:\n  - configs: [o]\n    activeProfiles: [{name: ci, activatedBy: [ci]}]\n---\napiVersion: skaffold/v4beta14\nkind: Config\nmetadata: {name: o}\nprofiles: [{name: ci, build: {local: {push: true}}}]\n",
  "test:\n  - image: a\n    custom: [{command: b, timeoutSeconds: 1}]\nverify:\n  - name: v\n    container: {name: c, image: d, args: [1, 2]}\n",
].map((body) => header + body);

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
