/** The commands of devloop, one row each. A new command is a file in `commands/` and a row here. */
import type { Command } from "./command.ts";
import {
  buildFlags,
  clusterFlags,
  configFlags,
  deployFlags,
  imageInputFlags,
  loopFlags,
  outputFlags,
  tailFlag,
} from "./flag-table.ts";
import type { Flag } from "./flags.ts";

const noFlags: readonly Flag[] = [];

export const commands: readonly Command[] = [
  {
    name: "dev",
    group: "daily",
    summary: "Build, deploy, then keep the cluster in step with every save",
    description:
      "Builds and deploys once, streams logs, forwards ports, and watches. A saved file is copied into the running\ncontainer where a sync rule allows it, else the image is rebuilt and rolled out. Ctrl-C deletes what was created.",
    examples: [
      { line: "devloop dev", says: "Start the loop in the current folder" },
      { line: "devloop dev --port-forward", says: "Also forward the ports of every service" },
      { line: "devloop dev --cleanup=false", says: "Leave everything running at the end" },
    ],
    flags: [...configFlags, ...clusterFlags, ...buildFlags, ...deployFlags, ...loopFlags, tailFlag(true)],
    args: [0, 0],
    load: () => import("./commands/dev.ts"),
  },
  {
    name: "run",
    group: "daily",
    summary: "Build and deploy once",
    examples: [
      { line: "devloop run", says: "Build, deliver, apply and wait until ready" },
      { line: "devloop run --tail", says: "Then stream logs until Ctrl-C" },
      { line: "devloop run -p staging -n team-a", says: "With a profile, into a namespace" },
    ],
    flags: [...configFlags, ...clusterFlags, ...buildFlags, ...deployFlags, tailFlag(false)],
    args: [0, 0],
    load: () => import("./commands/run.ts"),
  },
  {
    name: "build",
    group: "steps",
    summary: "Build, tag and deliver images only",
    examples: [
      { line: "devloop build", says: "Build what changed" },
      { line: "devloop build --file-output build.json", says: "Write the image references for deploy" },
      { line: "devloop build -q -o '{{range .builds}}{{println .tag}}{{end}}'", says: "Print just the references" },
    ],
    flags: [...configFlags, ...clusterFlags, ...buildFlags, ...outputFlags],
    args: [0, 0],
    load: () => import("./commands/build.ts"),
  },
  {
    name: "deploy",
    group: "steps",
    summary: "Deploy images that are already built; never builds",
    examples: [
      { line: "devloop deploy -a build.json", says: "Deploy what an earlier build wrote" },
      { line: "devloop deploy -i web=registry.local/web:v2", says: "Deploy a given image" },
      { line: "devloop deploy --tail", says: "Deploy the last build of the present sources, then stream logs" },
    ],
    flags: [...configFlags, ...clusterFlags, ...buildFlags, ...deployFlags, ...imageInputFlags, tailFlag(false)],
    args: [0, 0],
    load: () => import("./commands/deploy.ts"),
  },
  {
    name: "render",
    group: "steps",
    summary: "Print the manifests as they would be applied",
    examples: [
      { line: "devloop render", says: "Build what is needed and print the manifests" },
      { line: "devloop render --offline --digest-source none", says: "Touch neither engine nor cluster" },
      { line: "devloop render --output rendered.yaml", says: "Write them to a file" },
    ],
    flags: [
      ...configFlags,
      ...clusterFlags,
      ...buildFlags,
      ...imageInputFlags,
      { name: "label", short: "l", type: "list", value: "K=V", help: "Label for every object" },
      { name: "output", short: "o", type: "string", value: "FILE", help: "Write the manifests to a file" },
      { name: "offline", type: "bool", default: "false", help: "Do not ask the cluster" },
      {
        name: "digest-source",
        type: "string",
        choices: ["local", "tag", "none"],
        value: "FROM",
        help: "Where image references come from: local (build), tag (computed only), none (as written)",
      },
    ],
    args: [0, 0],
    load: () => import("./commands/render.ts"),
  },
  {
    name: "delete",
    group: "steps",
    summary: "Delete what devloop created for this project, and put back what it changed",
    examples: [
      { line: "devloop delete", says: "Clean up after run, deploy, or dev --cleanup=false" },
      { line: "devloop delete --dry-run", says: "Only print what would go" },
      { line: "devloop delete -n team-a", says: "In another namespace" },
    ],
    flags: [
      ...configFlags,
      ...clusterFlags,
      { name: "dry-run", type: "bool", default: "false", help: "Only print what would be deleted" },
    ],
    args: [0, 0],
    load: () => import("./commands/delete.ts"),
  },
  {
    name: "why",
    group: "daily",
    summary: "Say why something was built, delivered, applied, or not",
    examples: [
      { line: "devloop why", says: "Everything that was not reused in the last run" },
      { line: "devloop why web", says: "One artifact: what changed, from what to what" },
      { line: "devloop why src/main.go", says: "What the last change of a file caused" },
    ],
    flags: [
      ...configFlags,
      { name: "run", type: "int", default: "0", value: "N", help: "An earlier run: 1 is the one before the last" },
      {
        name: "output",
        short: "o",
        type: "string",
        default: "text",
        choices: ["text", "json"],
        value: "FORMAT",
        help: "Form of the answer",
      },
    ],
    args: [0, 1],
    usage: "[ARTIFACT | OBJECT | FILE]",
    load: () => import("./commands/why.ts"),
  },
  {
    name: "version",
    group: "more",
    summary: "Print the version",
    examples: [
      { line: "devloop version", says: "vX.Y.Z" },
      { line: "devloop version -o '{{.GitCommit}}'", says: "The commit it was built from" },
    ],
    flags: [
      {
        name: "output",
        short: "o",
        type: "string",
        value: "TEMPLATE",
        help: "Go template over Version, GitCommit, Platform",
      },
    ],
    args: [0, 0],
    load: () => import("./commands/version.ts"),
  },
  {
    name: "help",
    group: "more",
    summary: "Help on a command",
    examples: [{ line: "devloop help dev", says: "What dev does and takes" }],
    flags: noFlags,
    args: [0, 1],
    usage: "[COMMAND]",
    load: () => import("./commands/help.ts"),
  },
];
