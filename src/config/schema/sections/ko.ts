/** Go programs built without a Dockerfile. */
import { field, object, string, stringMap, strings } from "../type.ts";

const dependencies = object("KoDependencies", {
  paths: field(strings, "Globs of files whose change means building again.", {
    group: "dependency",
    fallback: "**/*.go",
  }),
  ignore: field(strings, "Globs of files among them that do not count."),
});

export const ko = object("KoArtifact", {
  fromImage: field(string, "Base image.", { fallback: "the one of .ko.yaml" }),
  dependencies: field(dependencies, "Which files count."),
  dir: field(string, "Folder of the Go module, relative to the context.", { fallback: "." }),
  main: field(string, "Package of the program, relative to the context.", { fallback: "." }),
  env: field(strings, "Environment of the Go build, `NAME=value` each.", { template: "print" }),
  flags: field(strings, "Arguments of `go build`, one item each.", { template: "print" }),
  ldflags: field(strings, "Linker flags, one item each.", { template: "print" }),
  labels: field(stringMap, "Labels of the image.", { template: "print" }),
});
