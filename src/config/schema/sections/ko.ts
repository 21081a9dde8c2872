/** Go programs built without a Dockerfile. */
import { field, object, string, stringMap, strings, words } from "../type.ts";

const dependencies = object("KoDependencies", {
  paths: field(strings, "Globs of files whose change means building again.", {
    group: "dependency",
    fallback: "**/*.go, where the section is written",
  }),
  ignore: field(strings, "Globs of files among them that do not count."),
});

export const ko = object("KoArtifact", {
  fromImage: field(string, "Base image: of a registry, or the alias of a required artifact.", {
    fallback: "the one of .ko.yaml",
  }),
  dependencies: field(dependencies, "Which files count.", { fallback: "those that go list names for the program" }),
  dir: field(string, "Folder of the Go module, relative to the context.", { fallback: "." }),
  main: field(string, "Package of the program: an import path, or a path relative to `dir` or to the context.", {
    fallback: ".",
  }),
  env: field(strings, "Environment of the Go build, `NAME=value` each.", { template: "print" }),
  flags: field(words, "Arguments of `go build`, one item each, or one text of them.", { template: "print" }),
  ldflags: field(words, "Linker flags, one item each, or one text of them.", { template: "print" }),
  labels: field(stringMap, "Labels of the image.", { template: "print" }),
});
