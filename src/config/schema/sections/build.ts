/** The build section: artifacts, tags, and where images are built. */

import { bool, field, group, int, intBetween, list, notYet, object, string, strings } from "../type.ts";
import { artifact } from "./artifact.ts";
import { hostHooks } from "./hooks.ts";
import { cluster } from "./kaniko.ts";
import { tagPolicy } from "./tag-policy.ts";

export const local = object("LocalBuild", {
  push: field(bool, "Push images to their registry.", { keepsZero: true, fallback: "as the cluster needs it" }),
  tryImportMissing: field(bool, "Use an image that is in the registry already instead of building it.", {
    fallback: "false",
    notYet: "harmless",
  }),
  useDockerCLI: field(bool, "Build through the docker command; devloop always does.", { fallback: "false" }),
  useBuildkit: field(bool, "False: the engine's classic builder.", { keepsZero: true, fallback: "true" }),
  concurrency: field(intBetween(0), "Builds at a time; 0 is one for every core.", { keepsZero: true }),
});

const emulator = object("PlatformEmulatorInstallStep", {
  image: field(string, "Image that installs the emulators.", { required: true }),
  args: field(strings, "Its arguments."),
  entrypoint: field(string, "Its entry point."),
});

const googleCloudBuild = object(
  "GoogleCloudBuild",
  notYet("wrong", {
    projectId: field(string, "Project of the builds.", { fallback: "from the image's name" }),
    diskSizeGb: field(int, "Disk of the worker."),
    machineType: field(string, "Machine of the worker."),
    timeout: field(string, "How long a build may take."),
    logging: field(string, "LOGGING_UNSPECIFIED, LEGACY or GCS_ONLY."),
    logStreamingOption: field(string, "STREAM_DEFAULT, STREAM_ON or STREAM_OFF."),
    dockerImage: field(string, "Image that runs Docker builds."),
    kanikoImage: field(string, "Image that runs kaniko builds."),
    mavenImage: field(string, "Image that runs Maven builds."),
    gradleImage: field(string, "Image that runs Gradle builds."),
    packImage: field(string, "Image that runs buildpacks builds."),
    koImage: field(string, "Image that runs ko builds."),
    bucket: field(string, "Bucket for the sources.", { fallback: "made from the project", since: "v4beta12" }),
    concurrency: field(int, "Builds at a time; 0 is no limit.", { fallback: "0" }),
    workerPool: field(string, "Private pool of workers."),
    region: field(string, "Region of the builds.", { fallback: "global" }),
    platformEmulatorInstallStep: field(emulator, "Step that installs emulators for other platforms."),
    serviceAccount: field(string, "Service account of the builds."),
  }),
);

export const build = group("BuildConfig", {
  hooks: field(hostHooks, "Commands around the builds of this module.", { notYet: "wrong" }),
  artifacts: field(list(artifact), "The images to build."),
  insecureRegistries: field(strings, "Registries spoken to without TLS, or without checking it."),
  tagPolicy: field(tagPolicy, "How images are tagged.", { fallback: "gitCommit: {}" }),
  platforms: field(strings, "Platforms of all images, `os/arch`.", { notYet: "wrong" }),
  local: field(local, "Build on this machine.", { group: "environment", fallback: "{}" }),
  googleCloudBuild: field(googleCloudBuild, "Build with Google Cloud Build.", {
    group: "environment",
    notYet: "wrong",
  }),
  cluster: field(cluster, "Build in the cluster.", { group: "environment" }),
});
