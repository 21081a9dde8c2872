/** Java programs built by the Jib plugin of Maven or Gradle. */
import { field, object, oneOf, string, strings } from "../type.ts";

export const jib = object("JibArtifact", {
  project: field(string, "Sub-project, where the build has several."),
  args: field(strings, "Further arguments of the build tool."),
  type: field(oneOf(["maven", "gradle"], { anyCase: true }), "Build tool.", { fallback: "found by its files" }),
  fromImage: field(string, "Base image."),
});
