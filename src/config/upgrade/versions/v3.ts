/** v3 to v4beta1: manifests that are read from a cluster become a source of manifests, each with its cluster. */
import { isMap, type Node } from "yaml";
import { copyOf, newMap, spanOf } from "../nodes.ts";
import { pipelineStep } from "../step.ts";

export const v3 = pipelineStep(
  "v3",
  (pipeline) => {
    const deploy = pipeline.child("deploy");
    const kubectl = deploy?.child("kubectl");
    const old = kubectl?.list("remoteManifests");
    if (!deploy || !kubectl || !old || deploy.log.lenient) return;
    const span = kubectl.span("remoteManifests");
    kubectl.take("remoteManifests");
    if (old.items.length === 0) return;
    const manifests = pipeline.ensure("manifests", span);
    const list = manifests?.ensureList("remoteManifests", span);
    const context = deploy.node("kubeContext");
    for (const manifest of old.items as Node[]) {
      const at = spanOf(manifest, span);
      const item = newMap(at, { manifest, ...(context ? { kubeContext: copyOf(context) } : {}) });
      list?.items.push(isMap(manifest) ? manifest : item);
    }
    kubectl.note("moved", "remoteManifests", `${manifests?.path ?? ""}.remoteManifests`, span);
  },
  [{ from: "/deploy/kubectl/remoteManifests/*", to: "/manifests/remoteManifests/*/manifest" }],
);
