/** Artifacts built by a command of the user's own. */
import { field, nullableMap, object, string, strings } from "../type.ts";

const dockerfile = object("DockerfileDependency", {
  path: field(string, "The Dockerfile, relative to the context."),
  buildArgs: field(nullableMap, "Values for ARG that decide which files count.", { template: "print" }),
});

const dependencies = object("CustomDependencies", {
  dockerfile: field(dockerfile, "The files that a Dockerfile copies.", { group: "dependency" }),
  command: field(string, "A command that prints a JSON list of files.", { group: "dependency" }),
  paths: field(strings, "Globs of files.", { group: "dependency", fallback: "." }),
  ignore: field(strings, "Globs of files among `paths` that do not count."),
});

export const custom = object("CustomArtifact", {
  buildCommand: field(string, "Shell text, run in the context, that builds $IMAGE.", { template: "print" }),
  dependencies: field(dependencies, "Which files count."),
});
