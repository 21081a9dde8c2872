/** How manifests reach the cluster. */
import { logPrefixes } from "../../project.ts";
import { bool, field, group, int, intBetween, list, object, oneOf, string, strings } from "../type.ts";
import { helmFlags, helmRelease } from "./helm.ts";
import { deployHooks, hostHooks } from "./hooks.ts";

const kubectlFlags = group("KubectlFlags", {
  global: field(strings, "For applying and deleting, such as `--request-timeout` or `--as`."),
  apply: field(strings, "For applying, such as `--server-side`; what only kubectl understands starts kubectl."),
  delete: field(strings, "For deleting in a clean-up, such as `--grace-period`."),
  disableValidation: field(bool, "Do not check manifests against the server's schema.", {
    fallback: "false",
  }),
});

export const kubectl = object("KubectlDeploy", {
  flags: field(kubectlFlags, "Further flags."),
  remoteManifests: field(strings, "Without effect, as in the reference tool; use `manifests.remoteManifests`.", {
    notYet: "harmless",
  }),
  defaultNamespace: field(string, "Namespace for objects that name none; `--namespace` wins.", {
    keepsZero: true,
    template: "print",
  }),
  hooks: field(deployHooks, "Commands around the deployment."),
});

const helm = object("LegacyHelmDeploy", {
  concurrency: field(int, "Releases at a time; 0 is no limit.", {
    keepsZero: true,
    fallback: "1",
    since: "v4beta12",
  }),
  releases: field(list(helmRelease), "Releases to install; those of `manifests.helm` replace them."),
  flags: field(helmFlags, "Further flags."),
  hooks: field(deployHooks, "Commands around the deployment."),
});

const kpt = object("KptDeploy", {
  dir: field(string, "Folder for rendered manifests.", { fallback: ".kpt-pipeline" }),
  applyFlags: field(strings, "For kpt live apply."),
  flags: field(strings, "For kpt live init."),
  name: field(string, "Name of the inventory."),
  inventoryID: field(string, "Id of the inventory."),
  namespace: field(string, "Namespace of the inventory."),
  force: field(bool, "Overwrite an inventory.", { fallback: "false" }),
  defaultNamespace: field(string, "Namespace for objects that name none.", { keepsZero: true, template: "print" }),
});

const dockerDeploy = object("DockerDeploy", {
  useCompose: field(bool, "Through docker compose.", { fallback: "false" }),
  images: field(strings, "Artifacts to run as containers.", { required: true }),
});

const cloudRun = object("CloudRunDeploy", {
  projectid: field(string, "Project to deploy to."),
  region: field(string, "Region to deploy to."),
  hooks: field(hostHooks, "Commands around the deployment."),
});

const logs = group("LogsConfig", {
  prefix: field(oneOf(logPrefixes), "What stands before a line of a container's log.", { fallback: "container" }),
  jsonParse: field(
    group("JSONParseConfig", { fields: field(strings, "Fields of JSON lines to show.") }),
    "Show only some fields of JSON lines.",
  ),
});

export const deploy = group("DeployConfig", {
  docker: field(dockerDeploy, "Run containers on the local engine.", { notYet: "wrong" }),
  helm: field(helm, "Install Helm releases."),
  kpt: field(kpt, "Apply with kpt.", { notYet: "wrong" }),
  kubectl: field(kubectl, "Apply manifests as kubectl does.", {
    fallback: "{}, where a single module has no deployer",
  }),
  cloudrun: field(cloudRun, "Deploy to Cloud Run.", { notYet: "wrong" }),
  kustomize: field(
    object("KustomizeDeploy", {
      paths: field(strings, "Folders with a kustomization.", { filepath: true, template: "print", fallback: '["."]' }),
    }),
    "Manifests made by kustomize, applied as kubectl does.",
    { dialect: "manifests.kustomize" },
  ),
  lifecycleHooks: field(hostHooks, "Commands on this machine before the module's first deployer and after its last.", {
    dialect: "deploy.kubectl.hooks with `host:` items",
  }),
  statusCheck: field(bool, "Wait until what was deployed is ready.", { keepsZero: true, fallback: "true" }),
  statusCheckDeadlineSeconds: field(intBetween(0), "How long to wait for it.", { fallback: "600" }),
  tolerateFailuresUntilDeadline: field(bool, "Do not give up on a failing workload before the deadline.", {
    fallback: "false",
  }),
  kubeContext: field(string, "Context of the kubeconfig; `--kube-context` wins."),
  logs: field(logs, "How logs are shown."),
});
