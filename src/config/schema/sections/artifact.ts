/** The section of one image to build. */

import { bool, field, list, object, string, strings } from "../type.ts";
import { bazel } from "./bazel.ts";
import { buildpacks } from "./buildpacks.ts";
import { custom } from "./custom.ts";
import { docker } from "./docker.ts";
import { hostHooks, syncHooks } from "./hooks.ts";
import { jib } from "./jib.ts";
import { kaniko } from "./kaniko.ts";
import { ko } from "./ko.ts";

const syncRule = object("SyncRule", {
  src: field(string, "Glob of files in the context; `**` is any depth.", { required: true }),
  dest: field(string, "Where in the container. A relative path is below the image's WORKDIR.", { required: true }),
  strip: field(string, "Beginning of `src` that is left out of the destination."),
});

export const sync = object("Sync", {
  manual: field(list(syncRule), "Which files go where.", { group: "sync" }),
  infer: field(strings, "Globs of files whose destination follows from the Dockerfile.", { group: "sync" }),
  auto: field(bool, "Let the builder say what is synced (jib, buildpacks).", {
    group: "sync",
    keepsZero: true,
  }),
  hooks: field(syncHooks, "Commands around a sync."),
});

const requirement = object("ArtifactDependency", {
  image: field(string, "Artifact whose image is needed.", { required: true }),
  alias: field(string, "Build argument that gets the image's reference.", { fallback: "the image's name" }),
});

export const artifact = object("Artifact", {
  image: field(string, "Name of the image as manifests use it, without tag and digest.", { required: true }),
  context: field(string, "Folder with the sources.", { filepath: true, fallback: "." }),
  sync: field(sync, "Files that are copied into running containers instead of a rebuild."),
  docker: field(docker, "Build from a Dockerfile.", { group: "builder", fallback: "{}" }),
  bazel: field(bazel, "Build with Bazel.", { group: "builder", notYet: "wrong" }),
  ko: field(ko, "Build a Go program with ko.", { group: "builder" }),
  jib: field(jib, "Build a Java program with Jib.", { group: "builder", notYet: "wrong" }),
  kaniko: field(kaniko, "Build from a Dockerfile in the cluster.", { group: "builder" }),
  buildpacks: field(buildpacks, "Build with Cloud Native Buildpacks.", { group: "builder" }),
  custom: field(custom, "Build with a command of your own.", { group: "builder" }),
  requires: field(list(requirement), "Artifacts that are built first and that this one may name."),
  hooks: field(hostHooks, "Commands around the build of this image."),
  platforms: field(strings, "Platforms of this image, `os/arch`.", { notYet: "wrong" }),
  runtimeType: field(string, "What runs in the image, for debugging: go, nodejs, jvm, python, netcore.", {
    notYet: "harmless",
  }),
});
