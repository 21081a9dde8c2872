/**
 * Every flag of devloop, once. A command names the groups that it takes (`commands.ts`); names, short forms and
 * defaults are those of the reference tool, so that scripts keep working.
 */
import type { Flag } from "../command/flags.ts";

export const globalFlags: readonly Flag[] = [
  {
    name: "verbosity",
    short: "v",
    type: "string",
    default: "warn",
    value: "LEVEL",
    choices: ["panic", "fatal", "error", "warn", "warning", "info", "debug", "trace"],
    help: "How much to tell; info adds the reason for every step",
  },
  {
    name: "color",
    type: "int",
    default: "34",
    value: "CODE",
    help: "Colour of ordinary text on a terminal (0 = none)",
  },
  { name: "interactive", type: "bool", default: "true", help: "Allow questions on a terminal" },
  { name: "timestamps", type: "bool", default: "false", help: "Put the time before every line" },
  {
    name: "update-check",
    type: "bool",
    default: "true",
    hidden: true,
    help: "Accepted and without effect: devloop never calls home",
  },
  { name: "help", short: "h", type: "bool", default: "false", help: "Show help" },
];

export const configFlags: readonly Flag[] = [
  {
    name: "filename",
    short: "f",
    type: "string",
    value: "FILE",
    help: "Config file (default skaffold.yaml, skaffold.yml or devloop.yaml)",
  },
  { name: "module", short: "m", type: "list", value: "NAME", help: "Only these modules and what they require" },
  { name: "profile", short: "p", type: "list", value: "NAME", help: "Activate a profile; -NAME switches one off" },
  { name: "profile-auto-activation", type: "bool", default: "true", help: "Activate profiles by their own conditions" },
  { name: "propagate-profiles", type: "bool", default: "true", help: "Pass --profile on to required configs" },
  { name: "assume-yes", type: "bool", default: "false", help: "Answer every question with yes" },
  { name: "remote-cache-dir", type: "string", value: "DIR", help: "Where required git repositories are kept" },
  {
    name: "sync-remote-cache",
    type: "string",
    default: "always",
    choices: ["always", "missing", "never"],
    value: "WHEN",
    help: "When to update required git repositories",
  },
];

/** As `configFlags`, for commands that build and deploy nothing: an existing clone is not updated. */
export const readingFlags: readonly Flag[] = configFlags.map((flag) =>
  flag.name === "sync-remote-cache" ? { ...flag, default: "missing" } : flag,
);

/** For commands that work on the config file itself. */
export const fileFlag: Flag = configFlags.find(({ name }) => name === "filename") as Flag;

export const formatFlag = (choices: readonly string[]): Flag => ({
  name: "output",
  short: "o",
  type: "string",
  default: choices[0] ?? "",
  choices,
  value: "FORMAT",
  help: `Form of the answer: ${choices.join(" or ")}`,
});

export const clusterFlags: readonly Flag[] = [
  { name: "namespace", short: "n", type: "string", value: "NAME", help: "Namespace for objects that name none" },
  { name: "kube-context", type: "string", value: "NAME", help: "Context of the kubeconfig" },
  { name: "kubeconfig", type: "string", value: "FILE", help: "Path of the kubeconfig" },
];

export const buildFlags: readonly Flag[] = [
  { name: "default-repo", short: "d", type: "string", value: "REPO", help: "Registry to put before every image name" },
  { name: "tag", short: "t", type: "string", value: "TAG", help: "Tag for every image, instead of the tag policy's" },
  {
    name: "build-concurrency",
    type: "int",
    default: "-1",
    value: "N",
    help: "Builds at a time (-1 = from the config, 0 = every core)",
  },
  {
    name: "build-image",
    short: "b",
    type: "list",
    value: "NAME",
    help: "Only artifacts whose image name contains NAME",
  },
  { name: "cache-artifacts", type: "bool", default: "true", help: "Reuse earlier results; false builds everything" },
  { name: "push", type: "tristate", help: "Push images, whatever the cluster" },
];

export const deployFlags: readonly Flag[] = [
  { name: "label", short: "l", type: "list", value: "K=V", help: "Label for every object" },
  {
    name: "status-check",
    type: "tristate",
    help: "Wait until workloads are ready (default: as the config says, else yes)",
  },
  {
    name: "status-check-selectors",
    type: "string",
    value: "FILE",
    help: "JSON file with the groups and kinds that are waited for beside workloads",
  },
  {
    name: "tolerate-failures-until-deadline",
    type: "bool",
    default: "false",
    help: "Do not give up on a failing workload before its deadline",
  },
  {
    name: "force",
    type: "bool",
    default: "false",
    help: "Continue Helm releases that are half done, and replace what an upgrade cannot change",
  },
  {
    name: "adopt",
    type: "bool",
    default: "false",
    help: "Take over objects that another project deployed with devloop",
  },
  {
    name: "port-forward",
    type: "optional",
    bare: "user,services",
    value: "MODES",
    choices: ["user", "services", "pods", "debug", "off", "true", "false"],
    help: "Forward ports: user, services, pods, off (bare: user and services)",
  },
];

export const tailFlag = (on: boolean): Flag => ({
  name: "tail",
  type: "bool",
  default: String(on),
  help: "Stream the logs of what was deployed",
});

export const imageInputFlags: readonly Flag[] = [
  {
    name: "build-artifacts",
    short: "a",
    type: "string",
    value: "FILE",
    help: "Images from the JSON that build --file-output wrote (- = standard input)",
  },
  { name: "images", short: "i", type: "list", value: "NAME=REF", help: "Images to use, NAME=REFERENCE or NAME:TAG" },
];

/** Flags for collecting devloop's own images at the end of a session. */
export const pruneFlags: readonly Flag[] = [
  { name: "no-prune", type: "bool", default: "false", help: "Leave old images that devloop made where they are" },
];

export const loopFlags: readonly Flag[] = [
  ...pruneFlags,
  { name: "cleanup", type: "bool", default: "true", help: "Delete what was created when the command ends" },
  {
    name: "trigger",
    type: "string",
    default: "notify",
    choices: ["notify", "polling", "manual"],
    value: "HOW",
    help: "How changes are noticed",
  },
  {
    name: "watch-poll-interval",
    short: "i",
    type: "int",
    default: "1000",
    value: "MS",
    help: "Time between looks with --trigger=polling",
  },
  {
    name: "watch-image",
    short: "w",
    type: "list",
    value: "NAME",
    help: "Only watch artifacts whose image name contains NAME",
  },
  {
    name: "keep-running-on-failure",
    type: "bool",
    default: "false",
    help: "Stay when the first build or deploy fails (always so on a terminal)",
  },
  { name: "takeover", type: "bool", default: "false", help: "End another session of this project and take its place" },
  { name: "auto-build", type: "bool", default: "true", help: "Rebuild on change" },
  { name: "auto-sync", type: "bool", default: "true", help: "Sync on change" },
  { name: "auto-deploy", type: "bool", default: "true", help: "Deploy on change" },
];

export const outputFlags: readonly Flag[] = [
  { name: "quiet", short: "q", type: "bool", default: "false", help: "Print only the result, as JSON or by --output" },
  {
    name: "output",
    short: "o",
    type: "string",
    default: "{{json .}}",
    value: "TEMPLATE",
    help: "Go template for the result of --quiet and --file-output",
  },
  { name: "file-output", type: "string", value: "FILE", help: "Write the result to a file" },
  { name: "dry-run", type: "bool", default: "false", help: "Print the tags and end" },
];
