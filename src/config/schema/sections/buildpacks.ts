/** Artifacts built by Cloud Native Buildpacks. */
import { bool, field, list, object, string, strings } from "../type.ts";

const dependencies = object("BuildpackDependencies", {
  paths: field(strings, "Globs of files whose change means building again.", { group: "dependency", fallback: "." }),
  ignore: field(strings, "Globs of files among them that do not count."),
});

const volume = object("BuildpackVolume", {
  host: field(string, "Folder on this machine.", { required: true, filepath: true }),
  target: field(string, "Where it is mounted.", { required: true }),
  options: field(string, "`ro`, `rw` or volume options.", { fallback: "ro" }),
});

export const buildpacks = object("BuildpackArtifact", {
  builder: field(string, "Builder image."),
  runImage: field(string, "Image that the result is put on.", { fallback: "the builder's" }),
  env: field(strings, "Environment of the build, `NAME=value` each.", { template: "print" }),
  buildpacks: field(strings, "Buildpacks to use, in order.", { fallback: "found by the builder" }),
  trustBuilder: field(bool, "Let the builder see registry credentials.", { fallback: "false" }),
  clearCache: field(bool, "Forget what earlier builds cached.", { fallback: "false" }),
  projectDescriptor: field(string, "Project descriptor, relative to the context.", { fallback: "project.toml" }),
  dependencies: field(dependencies, "Which files count."),
  volumes: field(list(volume), "Folders that the build may see."),
  buildArgs: field(strings, "Further arguments; used on Cloud Build only.", { since: "v4beta14" }),
});
