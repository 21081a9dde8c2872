/** Containers that check a deployment, and containers to run by name. */
import { bool, field, group, int, list, object, string, strings } from "../type.ts";

const env = object("VerifyEnvVar", {
  name: field(string, "Name of the variable.", { required: true }),
  value: field(string, "Its value.", { fallback: "empty" }),
});

const container = object("VerifyContainer", {
  name: field(string, "Name of the container.", { required: true }),
  image: field(string, "Image: an artifact or any other.", { required: true }),
  command: field(strings, "Entry point, one item each."),
  args: field(strings, "Arguments, one item each."),
  env: field(list(env), "Environment."),
});

const localMode = object("LocalVerifier", {
  useLocalImages: field(bool, "Use images that are only on this machine.", { fallback: "false" }),
});

const clusterMode = object("KubernetesClusterVerifier", {
  overrides: field(string, "JSON to merge into the job."),
  jobManifestPath: field(string, "Manifest of the job."),
});

const executionMode = group("ExecutionMode", {
  local: field(localMode, "Run on the local engine.", { fallback: "{}" }),
  kubernetesCluster: field(clusterMode, "Run as a job in the cluster."),
});

export const verifyCase = object("VerifyTestCase", {
  name: field(string, "Name of the test.", { required: true }),
  timeout: field(int, "How many seconds it may take.", { keepsZero: true }),
  container: field({ ...container, whole: false }, "What to run.", { required: true }),
  executionMode: field(executionMode, "Where to run it."),
});

export const customAction = object("Action", {
  name: field(string, "Name of the action.", { required: true }),
  failFast: field(bool, "End all containers when one fails.", { keepsZero: true, fallback: "true" }),
  timeout: field(int, "How many seconds it may take.", { keepsZero: true }),
  executionMode: field(executionMode, "Where to run it."),
  containers: field(list(container), "What to run, side by side.", { required: true }),
});
