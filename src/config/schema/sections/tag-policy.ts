/** How images are tagged. */
import { any, bool, field, group, list, object, oneOf, string } from "../type.ts";

export const gitVariants = ["Tags", "CommitSha", "AbbrevCommitSha", "TreeSha", "AbbrevTreeSha", "Branches"] as const;

const gitCommit = object("GitTagger", {
  variant: field(oneOf(gitVariants, { anyCase: true }), "What of the commit becomes the tag.", { fallback: "Tags" }),
  prefix: field(string, "Text before the tag."),
  ignoreChanges: field(bool, "Leave out the `-dirty` for uncommitted changes.", { fallback: "false" }),
});

const sha256 = object("ShaTagger", {});
const inputDigest = object("InputDigest", {});

const envTemplate = object("EnvTemplateTagger", {
  template: field(string, "A Go template over the environment and IMAGE_NAME that gives the tag.", {
    required: true,
    template: "error",
  }),
});

const dateTime = object("DateTimeTagger", {
  format: field(string, "A Go time layout.", { fallback: "2006-01-02_15-04-05.999_MST" }),
  timezone: field(string, "An IANA time zone.", { fallback: "Local" }),
});

/**
 * A tagger inside a custom template. It cannot be a custom template itself, because the reference tool refuses that at
 * run time.
 */
const component = object("TaggerComponent", {
  name: field(string, "How the template calls it."),
  gitCommit: field(gitCommit, "A tag that names the commit.", { group: "tag" }),
  sha256: field(sha256, "A tag that names the build's inputs.", { group: "tag" }),
  envTemplate: field(envTemplate, "A tag from the environment.", { group: "tag" }),
  dateTime: field(dateTime, "A tag from the time.", { group: "tag" }),
  customTemplate: field(any, "Not possible inside a custom template.", { group: "tag", notYet: "wrong" }),
  inputDigest: field(inputDigest, "A tag from the input files.", { group: "tag" }),
});

const customTemplate = object("CustomTemplateTagger", {
  template: field(string, "A Go template over the components, GIT, DATE, SHA and INPUT_DIGEST.", {
    required: true,
    template: "error",
  }),
  components: field(list(component), "Taggers whose tags the template combines."),
});

export const tagPolicy = group("TagPolicy", {
  gitCommit: field(gitCommit, "A tag that names the commit: git tag, commit or branch.", { group: "tag" }),
  sha256: field(sha256, "A tag that names the build's inputs; `latest` moves along.", { group: "tag" }),
  envTemplate: field(envTemplate, "A tag from environment variables.", { group: "tag" }),
  dateTime: field(dateTime, "A tag from the time of the build.", { group: "tag" }),
  customTemplate: field(customTemplate, "A tag that combines several policies.", { group: "tag" }),
  inputDigest: field(inputDigest, "A tag that is the digest of the input files.", { group: "tag" }),
});
