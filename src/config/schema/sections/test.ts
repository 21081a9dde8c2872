/** Checks of images before they are deployed. */
import { field, int, list, object, string, strings } from "../type.ts";

const dependencies = object("CustomTestDependencies", {
  command: field(string, "A command that prints a JSON list of files.", { group: "dependency" }),
  paths: field(strings, "Globs of files, relative to the test's context.", { group: "dependency" }),
  ignore: field(strings, "Globs of files among `paths` that do not count."),
});

const customTest = object("CustomTest", {
  command: field(string, "Shell text to run; $IMAGE is the image.", { required: true, template: "print" }),
  timeoutSeconds: field(int, "How long it may take; 0 is no limit.", { fallback: "0" }),
  dependencies: field(dependencies, "Files whose change means testing again."),
});

export const testCase = object("TestCase", {
  image: field(string, "Artifact to test.", { required: true }),
  context: field(string, "Folder of the test.", { filepath: true, fallback: "." }),
  custom: field(list(customTest), "Tests by command."),
  structureTests: field(strings, "Globs of container-structure-test files.", { filepath: true }),
  structureTestsArgs: field(strings, "Further arguments of container-structure-test."),
});
