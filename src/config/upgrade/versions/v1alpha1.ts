/**
 * v1alpha1 to v1alpha2: the tag policy becomes a section, Dockerfile settings move below `docker`, manifests become a
 * plain list of paths. Parameters of manifests and the name of a deployment had no effect and are removed with a
 * warning.
 */
import { isMap, isScalar, isSeq, type YAMLSeq } from "yaml";
import type { Cursor } from "../cursor.ts";
import { newMap, newSeq, spanOf, textOf } from "../nodes.ts";
import { artifactsOf, pipelineStep } from "../step.ts";

export const v1alpha1 = pipelineStep("v1alpha1", (pipeline) => {
  const build = pipeline.child("build");
  if (build) tagPolicy(build);
  for (const artifact of artifactsOf(pipeline)) dockerSettings(artifact);
  const deploy = pipeline.child("deploy");
  if (deploy?.has("name")) {
    deploy.warn("name", "deploy.name has no effect and is dropped");
    deploy.remove("name");
  }
  const kubectl = deploy?.child("kubectl");
  if (kubectl) manifestPaths(kubectl);
});

/** v1alpha1 has names for two policies only; the reference tool silently takes gitCommit for any other text. */
function tagPolicy(build: Cursor): void {
  const policy = build.node("tagPolicy");
  if (!isScalar(policy)) return;
  const name = textOf(policy) ?? "";
  const span = spanOf(policy, build.span("tagPolicy"));
  if (name === "gitCommit" || name === "sha256")
    return build.rewrite("tagPolicy", newMap(span, { [name]: newMap(span) }));
  if (build.log.lenient) return;
  build.warn("tagPolicy", `there is no tag policy ${name}: gitCommit is used`, "write sha256 or gitCommit");
  build.remove("tagPolicy");
}

function dockerSettings(artifact: Cursor): void {
  for (const key of ["dockerfilePath", "buildArgs"]) {
    const value = artifact.node(key);
    const empty = value === undefined || textOf(value) === "" || (isMap(value) && value.items.length === 0);
    if (empty) {
      artifact.remove(key);
      continue;
    }
    const docker = artifact.ensure("docker", artifact.span(key));
    if (docker) artifact.move(key, docker);
  }
}

function manifestPaths(kubectl: Cursor): void {
  const manifests = kubectl.list("manifests");
  const entries = kubectl.items("manifests");
  if (!manifests || entries.length === 0) return;
  const parameters = entries.find((entry) => entry.has("parameters"));
  parameters?.warn("parameters", "parameters of manifests have no effect and are dropped");
  const paths: YAMLSeq = newSeq(spanOf(manifests, kubectl.span("manifests")));
  for (const item of manifests.items) {
    const below = isMap(item) ? item.get("paths", true) : item;
    if (isSeq(below)) paths.items.push(...below.items);
    else if (!isMap(item)) paths.items.push(item);
  }
  kubectl.rewrite("manifests", paths);
}
