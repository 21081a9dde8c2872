/** A whole document of skaffold.yaml, in its newest version. Every section is a file of its own. */

import { any, bool, field, group, list, object, oneOf, string } from "../type.ts";
import { build } from "./build.ts";
import { deploy } from "./deploy.ts";
import { manifests } from "./manifests.ts";
import { metadata, requirement } from "./module.ts";
import { portForward } from "./port-forward.ts";
import { resourceSelector } from "./resource-selector.ts";
import { testCase } from "./test.ts";
import { customAction, verifyCase } from "./verify.ts";

/** The sections that a profile can change. */
const pipeline = {
  build: field(build, "How images are built."),
  test: field(list(testCase), "Checks of images after they are built.", { notYet: "harmless" }),
  manifests: field(manifests, "Where Kubernetes manifests come from."),
  deploy: field(deploy, "How manifests reach the cluster."),
  portForward: field(list(portForward), "Ports to forward while a session runs."),
  resourceSelector: field(resourceSelector, "In which objects images are replaced."),
  verify: field(list(verifyCase), "Containers that check the deployment.", { notYet: "harmless" }),
  customActions: field(list(customAction), "Containers to run by name.", { notYet: "harmless" }),
} as const;

const activation = object("Activation", {
  env: field(string, "`NAME=pattern`: the variable matches. An empty pattern: it is unset or empty."),
  kubeContext: field(string, "The current context matches."),
  command: field(string, "The command of devloop matches: dev, run, build, ..."),
});

const patchOperations = ["add", "remove", "replace", "move", "copy", "test"] as const;

const patch = object("JSONPatch", {
  op: field(oneOf(patchOperations), "What to do.", { fallback: "replace" }),
  path: field(string, "Where: keys and list positions after slashes; `key=value` selects by a field.", {
    required: true,
  }),
  from: field(string, "Where the value comes from, for move and copy."),
  value: field(any, "The value."),
});

const profile = object("Profile", {
  name: field(string, "What `--profile` calls it.", { required: true }),
  activation: field(list(activation), "When it is active without being named: where one entry holds."),
  requiresAllActivations: field(bool, "Only where every entry holds.", { fallback: "false" }),
  patches: field(list(patch), "JSON patches, applied last."),
  ...pipeline,
});

export const config = group("SkaffoldConfig", {
  apiVersion: field(string, "Version of the format, such as `skaffold/v4beta14`.", { required: true }),
  kind: field(string, "Always `Config`.", { required: true }),
  metadata: field(metadata, "What this config is called."),
  requires: field(list(requirement), "Configs that come before this one."),
  ...pipeline,
  profiles: field(list(profile), "Named changes to this config."),
});
