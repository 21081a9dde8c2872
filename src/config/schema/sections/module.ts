/** The name of a config, and the other configs that it requires. */
import { bool, field, group, list, object, string, stringMap, strings } from "../type.ts";

export const metadata = group("Metadata", {
  name: field(
    string,
    "Name of the module: what `--module` and other configs' `requires` call it. Unique in a project.",
  ),
  labels: field(stringMap, "For tools that read the file; without effect."),
  annotations: field(stringMap, "For tools that read the file; without effect."),
});

const git = object("GitInfo", {
  repo: field(string, "Address to clone from.", { required: true }),
  path: field(string, "The config in the repository: a file, or a folder with a skaffold.yaml.", {
    fallback: "skaffold.yaml",
  }),
  ref: field(string, "Branch, tag or commit.", { fallback: "master where there is one, else main" }),
  sync: field(bool, "Whether a clone that is there already is updated.", {
    keepsZero: true,
    fallback: "as --sync-remote-cache says",
  }),
});

const googleCloudStorage = object("GoogleCloudStorageInfo", {
  source: field(string, "What to copy, `gs://bucket/folder/*`."),
  path: field(string, "The config in what was copied."),
  sync: field(bool, "Whether an earlier copy is updated.", { keepsZero: true }),
});

const googleCloudBuildRepo = object("GoogleCloudBuildRepoV2Info", {
  projectID: field(string, "Project of the connection.", { required: true }),
  region: field(string, "Region of the connection.", { required: true }),
  connection: field(string, "Name of the connection.", { required: true }),
  repo: field(string, "Name of the repository in it.", { required: true }),
  path: field(string, "The config in the repository."),
  ref: field(string, "Branch, tag or commit."),
  sync: field(bool, "Whether a clone that is there already is updated.", { keepsZero: true }),
});

const activeProfile = object("ProfileDependency", {
  name: field(string, "Profile to activate in the required config.", { required: true }),
  activatedBy: field(strings, "Only where one of these profiles is active here.", { fallback: "always" }),
});

export const requirement = object("ConfigDependency", {
  configs: field(strings, "Modules of that file that are needed.", { fallback: "all of them" }),
  path: field(string, "A config file, a folder with a skaffold.yaml, or an address.", {
    group: "source",
    filepath: true,
    fallback: "this file",
  }),
  git: field(git, "A config in a Git repository.", { group: "source" }),
  googleCloudStorage: field(googleCloudStorage, "A config in a storage bucket.", { group: "source", notYet: "wrong" }),
  googleCloudBuildRepoV2: field(googleCloudBuildRepo, "A config in a repository that Cloud Build is connected to.", {
    group: "source",
    since: "v4beta10",
    notYet: "wrong",
  }),
  activeProfiles: field(list(activeProfile), "Profiles to activate in the required config."),
});
