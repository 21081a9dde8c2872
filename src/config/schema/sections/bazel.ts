/** Images built by Bazel. */
import { field, list, object, string, strings } from "../type.ts";

const platform = object("BazelPlatformMapping", {
  platform: field(string, "`os/arch`.", { required: true }),
  target: field(string, "Label of the Bazel platform.", { required: true }),
});

export const bazel = object("BazelArtifact", {
  target: field(string, "Label of the image's archive; it ends in `.tar`.", { required: true }),
  args: field(strings, "Further arguments of `bazel build`."),
  platforms: field(list(platform), "Bazel's platform for an image platform.", { since: "v4beta10" }),
});
