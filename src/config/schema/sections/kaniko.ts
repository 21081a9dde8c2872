/** Artifacts built from a Dockerfile inside the cluster. Field names follow the flags of the executor. */
import { any, bool, field, int, intBetween, list, nullableMap, object, string, stringMap, strings } from "../type.ts";

/** What the fields are where they are not written. */
export const kanikoDefaults = {
  dockerfile: "Dockerfile",
  image: "gcr.io/kaniko-project/executor:latest",
  initImage: "gcr.io/k8s-skaffold/skaffold-helpers/busybox",
  digestFile: "/dev/termination-log",
  copyMaxRetries: 3,
  copyTimeout: "5m",
  buildContextCompressionLevel: 1,
} as const;

const cache = object("KanikoCache", {
  repo: field(string, "Repository for cached layers.", { fallback: "beside the image" }),
  hostPath: field(string, "Folder on the node with cached base images."),
  ttl: field(string, "How long cached layers are good, a Go duration in hours."),
  cacheCopyLayers: field(bool, "Also cache COPY layers.", { fallback: "false" }),
  cacheRunLayers: field(bool, "Also cache RUN layers.", { keepsZero: true, fallback: "true", since: "v4beta12" }),
});

const names = {
  dockerfile: field(string, "The Dockerfile, relative to the context.", { fallback: "Dockerfile" }),
  contextSubPath: field(string, "Folder of the context that is the build's context.", { filepath: true }),
  target: field(string, "Stage to build.", { fallback: "the last one" }),
  image: field(string, "Image of the executor.", { fallback: kanikoDefaults.image }),
  initImage: field(string, "Image that receives the context; it has sh, tar and touch.", {
    fallback: kanikoDefaults.initImage,
  }),
  imagePullSecret: field(string, "Secret to pull the two images with.", { since: "v4beta12" }),
  destination: field(strings, "Further names for the image.", { since: "v4beta11" }),
  digestFile: field(string, "Where the executor writes the digest.", { fallback: "/dev/termination-log" }),
  imageNameWithDigestFile: field(string, "Where the executor writes the name with its digest."),
  ociLayoutPath: field(string, "Where the executor writes an OCI layout."),
  tarPath: field(string, "Where the executor writes the image as an archive."),
} as const;

const values = {
  buildArgs: field(nullableMap, "Values for ARG; templates see IMAGE_REPO, IMAGE_NAME and IMAGE_TAG.", {
    template: "print",
  }),
  env: field(list(any), "Environment of the executor, `{name, value}` each.", { template: "print" }),
  label: field(nullableMap, "Labels of the image.", { template: "print" }),
  registryCertificate: field(nullableMap, "Certificate file by registry.", { template: "print" }),
  registryMirror: field(string, "Mirror of Docker Hub."),
  insecureRegistry: field(strings, "Registries spoken to by plain HTTP."),
  skipTLSVerifyRegistry: field(strings, "Registries whose certificate is not checked."),
  ignorePaths: field(strings, "Paths left out of snapshots."),
  volumeMounts: field(list(any), "Volumes of `build.cluster.volumes` to mount, as Kubernetes writes them."),
  snapshotMode: field(string, "How changed files are found: full, redo or time."),
  logFormat: field(string, "Form of the executor's log: text, color or json."),
  verbosity: field(string, "How much the executor tells."),
  imageFSExtractRetry: field(string, "How often extracting a base image is tried again, as text."),
  pushRetry: field(string, "How often a push is tried again, as text."),
  copyMaxRetries: field(int, "How often sending the context is tried.", {
    keepsZero: true,
    fallback: "3",
    since: "v4beta10",
  }),
  copyTimeout: field(string, "How long sending the context may take, a Go duration.", {
    fallback: "5m",
    since: "v4beta10",
  }),
  buildContextCompressionLevel: field(intBetween(-2, 9), "Compression of the context.", {
    keepsZero: true,
    fallback: "1",
    since: "v4beta12",
  }),
  cache: field(cache, "Reuse of layers between builds."),
} as const;

const switches = {
  cleanup: field(bool, "Clean the file system at the end.", { fallback: "false" }),
  force: field(bool, "Run outside a container.", { fallback: "false" }),
  insecure: field(bool, "Push by plain HTTP.", { fallback: "false" }),
  insecurePull: field(bool, "Pull by plain HTTP.", { fallback: "false" }),
  logTimestamp: field(bool, "Times in the executor's log.", { fallback: "false" }),
  reproducible: field(bool, "Leave times out of the image.", { fallback: "false" }),
  singleSnapshot: field(bool, "One layer for the whole build.", { fallback: "false" }),
  skipTLS: field(bool, "Do not check certificates when pushing.", { fallback: "false" }),
  skipTLSVerifyPull: field(bool, "Do not check certificates when pulling.", { fallback: "false" }),
  skipUnusedStages: field(bool, "Build only needed stages.", { fallback: "false" }),
  useNewRun: field(bool, "The executor's newer way to run instructions.", { fallback: "false" }),
  whitelistVarRun: field(bool, "Leave /var/run out of snapshots.", { fallback: "false" }),
} as const;

export const kaniko = { ...object("KanikoArtifact", { ...names, ...values, ...switches }), lenient: true } as const;

const resources = object("ResourceRequirement", {
  cpu: field(string, "Such as `500m`."),
  memory: field(string, "Such as `1Gi`."),
  ephemeralStorage: field(string, "Such as `10Gi`."),
  resourceStorage: field(string, "Such as `10Gi`."),
});

const dockerConfig = object("DockerConfig", {
  path: field(string, "A Docker config file on this machine; `~` is the home directory."),
  secretName: field(string, "Secret that holds it.", { fallback: "docker-cfg" }),
});

const clusterFields = {
  HTTP_PROXY: field(string, "Proxy for the build."),
  HTTPS_PROXY: field(string, "Proxy for the build."),
  pullSecretPath: field(string, "File that the pull secret is made from; `~` is the home directory."),
  pullSecretName: field(string, "Name of the pull secret.", { fallback: "kaniko-secret, with pullSecretPath" }),
  pullSecretMountPath: field(string, "Where the secret is mounted.", { fallback: "/secret" }),
  namespace: field(string, "Namespace of the build's pods.", { fallback: "the kubeconfig's" }),
  timeout: field(string, "How long a build may take, a Go duration.", { fallback: "20m" }),
  dockerConfig: field(dockerConfig, "Credentials for registries."),
  serviceAccount: field(string, "Service account of the pods.", { fallback: "default" }),
  tolerations: field(list(any), "As in a pod."),
  nodeSelector: field(stringMap, "As in a pod."),
  annotations: field(stringMap, "Of the pods."),
  labels: field(stringMap, "Of the pods.", { since: "v4beta12" }),
  runAsUser: field(int, "User id of the pods.", { keepsZero: true }),
  resources: field(
    object("ResourceRequirements", {
      requests: field(resources, "What the pods ask for."),
      limits: field(resources, "What the pods may use."),
    }),
    "Resources of the pods.",
  ),
  concurrency: field(int, "Builds at a time; 0 is no limit.", { fallback: "0" }),
  volumes: field(list(any), "Volumes of the pods, as Kubernetes writes them."),
  randomPullSecret: field(bool, "A name of its own for the pull secret of each run.", { fallback: "false" }),
  randomDockerConfigSecret: field(bool, "A name of its own for the credentials of each run.", { fallback: "false" }),
};

export const cluster = { ...object("ClusterDetails", clusterFields), lenient: true } as const;
