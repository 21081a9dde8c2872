/** Commands before and after a step: on this machine, or in containers. */
import { bool, field, group, list, object, string, strings } from "../type.ts";

const hostFields = {
  command: field(strings, "The program and its arguments, one item each. No shell is involved.", { required: true }),
  os: field(strings, "Only on these systems, by Go's names: linux, darwin, windows.", { fallback: "every system" }),
  dir: field(string, "Working directory.", { filepath: true, fallback: "where devloop was started" }),
} as const;

export const hostHook = object("HostHook", hostFields);

export const containerHook = object("ContainerHook", {
  command: field(strings, "The program and its arguments, run in every container that the files were copied into.", {
    required: true,
  }),
});

export const namedContainerHook = object("NamedContainerHook", {
  command: field(strings, "The program and its arguments, run in every container that matches.", { required: true }),
  podName: field(string, "Pods by name; `*` and `?` match any text and any character.", { required: true }),
  containerName: field(string, "Containers by name, with the same wildcards.", { fallback: "every container" }),
});

export const hostHooks = group("HostHooks", {
  before: field(list(hostHook), "Run before, in order; the first failure ends the step."),
  after: field(list(hostHook), "Run after success, in order."),
});

const syncHookItem = object("SyncHookItem", {
  host: field(hostHook, "A command on this machine.", { group: "hook" }),
  container: field(containerHook, "A command in the containers that are synced to.", { group: "hook" }),
});

export const syncHooks = group("SyncHooks", {
  before: field(list(syncHookItem), "Run before files are copied."),
  after: field(list(syncHookItem), "Run after files were copied."),
});

const deployHookItem = object("DeployHookItem", {
  host: field(hostHook, "A command on this machine.", { group: "hook" }),
  container: field(namedContainerHook, "A command in running containers.", { group: "hook" }),
});

export const deployHooks = group("DeployHooks", {
  before: field(list(deployHookItem), "Run before the manifests are applied."),
  after: field(list(deployHookItem), "Run after the manifests were applied."),
});

const renderHookItem = object("RenderHookItem", {
  host: field(hostHook, "A command on this machine.", { group: "hook" }),
});

const postRenderHook = object("PostRenderHook", {
  ...hostFields,
  withChange: field(bool, "The command's output replaces the manifests that it gets as its input.", {
    fallback: "false",
  }),
});

const postRenderHookItem = object("PostRenderHookItem", {
  host: field(postRenderHook, "A command on this machine; the manifests are its standard input.", { group: "hook" }),
});

export const renderHooks = group("RenderHooks", {
  before: field(list(renderHookItem), "Run before manifests are rendered."),
  after: field(list(postRenderHookItem), "Run after manifests were rendered."),
});
