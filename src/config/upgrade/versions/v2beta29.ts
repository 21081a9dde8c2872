/**
 * v2beta29 to v3alpha1, the one large step: rendering (`manifests`) is separated from deploying (`deploy`). kubectl's
 * manifests and kustomize's folders become sources, both deployed by kubectl; releases of Helm become sources and stay
 * releases. kpt is refused, because its old behaviour has no counterpart.
 */
import type { Cursor } from "../cursor.ts";
import { editRelease } from "../image-templates.ts";
import { appendList, concatList } from "../lists.ts";
import { copyOf, newPair, newScalar, newSeq, sameData } from "../nodes.ts";
import { rewritePatches } from "../patches.ts";
import { releasesOf, type Step } from "../step.ts";
import type { Version } from "../versions.ts";
import { type Facts, factsOf, patchRules, specialPatches } from "./v2beta29-patches.ts";

export const v2beta29: Step = {
  from: "v2beta29" as Version,
  edit({ root, profiles }) {
    const rootFacts = factsOf(root);
    editPipeline(root, root);
    for (const profile of profiles) {
      const facts = factsOf(profile);
      editPipeline(profile, root, facts);
      const special = specialPatches(profile, root, { profile: facts, root: rootFacts });
      rewritePatches(profile, root, { rules: patchRules, special, edit: editPipeline });
    }
  },
};

/** @param facts of a profile; absent for the root and for the value of a patch */
function editPipeline(pipeline: Cursor, root: Cursor, facts?: Facts): void {
  const deploy = pipeline.child("deploy");
  if (!deploy) return;
  if (deploy.has("kpt") && !deploy.log.lenient) refuseKpt(deploy);
  const kubectl = deploy.child("kubectl");
  if (kubectl?.has("manifests")) {
    const manifests = pipeline.ensure("manifests", kubectl.span("manifests"));
    if (manifests) appendList(kubectl, "manifests", manifests, "rawYaml");
  }
  const kustomize = deploy.child("kustomize");
  if (kustomize) editKustomize(pipeline, deploy, kustomize, facts !== undefined && borrowsKubectl(root, facts));
  for (const release of releasesOf(pipeline)) editRelease(release);
  if (!deploy.log.lenient) copyHelm(pipeline, deploy);
}

function refuseKpt(deploy: Cursor): void {
  const message = "deploy.kpt of skaffold/v2beta29 and older cannot be upgraded";
  deploy.error("kpt", message, "write manifests.kpt and deploy.kpt of the newest version by hand");
  deploy.remove("kpt");
}

/**
 * Whether the root's kubectl deploys a profile's kustomize folders: a deployer in the profile would replace the root's
 * settings.
 */
function borrowsKubectl(root: Cursor, facts: Facts): boolean {
  return root.child("deploy")?.has("kubectl") === true && !facts.removesKubectl;
}

function editKustomize(pipeline: Cursor, deploy: Cursor, kustomize: Cursor, borrows: boolean): void {
  const span = deploy.span("kustomize");
  const manifests = pipeline.ensure("manifests", span);
  const target = manifests?.ensure("kustomize", span);
  if (!manifests || !target) return;
  if (target.has("paths") && kustomize.has("paths"))
    kustomize.warn("paths", "there are paths of kustomize in two places: all of them are used");
  for (const key of ["paths", "buildArgs"]) appendList(kustomize, key, target);
  if (!target.has("paths")) {
    target.set("paths", newSeq(span, [newScalar(".", span)]), span);
    target.log.change({ kind: "added", to: target.at("paths") }, span);
  }
  const settings = ["flags", "defaultNamespace", "hooks"].filter((key) => kustomize.has(key));
  if (settings.length > 0 || !borrows || deploy.has("kubectl")) {
    const existed = deploy.has("kubectl");
    const kubectl = deploy.ensure("kubectl", span);
    if (kubectl && existed) mergeSettings(kustomize, kubectl);
    else if (kubectl) for (const key of settings) kustomize.move(key, kubectl);
  }
  deploy.handComment("kustomize", manifests, "kustomize");
  deploy.take("kustomize");
  if (deploy.isEmpty()) pipeline.take("deploy");
  deploy.note("moved", "kustomize", target.path, span);
}

/** Merges the settings of two deployers into one; contradicting settings are reported. */
function mergeSettings(kustomize: Cursor, kubectl: Cursor): void {
  const namespaces = [kubectl.node("defaultNamespace"), kustomize.node("defaultNamespace")];
  if (namespaces.every((node) => node !== undefined) && !sameData(namespaces[0], namespaces[1]))
    kustomize.error(
      "defaultNamespace",
      "kubectl and kustomize deploy to different namespaces",
      "use one, or two modules",
    );
  else if (namespaces[0] === undefined) kustomize.move("defaultNamespace", kubectl);
  const validation = [kubectl, kustomize].map((owner) => owner.child("flags")?.text("disableValidation") === "true");
  if (validation[0] !== validation[1]) {
    const owner = validation[0] ? kubectl : kustomize;
    const message = "kubectl and kustomize differ in flags.disableValidation";
    owner.child("flags")?.error("disableValidation", message, "set it for both, or use two modules");
  }
  mergeLists(kustomize, kubectl, "flags", ["global", "apply", "delete"]);
  mergeLists(kustomize, kubectl, "hooks", ["before", "after"]);
}

function mergeLists(from: Cursor, to: Cursor, key: string, lists: readonly string[]): void {
  const source = from.child(key);
  if (!source) return;
  const target = to.child(key);
  if (!target) {
    from.move(key, to);
    return;
  }
  for (const list of lists) concatList(source, list, target);
}

/** Copies releases, which are both rendered and deployed; hooks stay with deploying only. */
function copyHelm(pipeline: Cursor, deploy: Cursor): void {
  const helm = deploy.child("helm");
  if (!helm) return;
  const span = deploy.span("helm");
  const target = pipeline.ensure("manifests", span)?.ensure("helm", span);
  if (!target) return;
  for (const key of ["flags", "releases"]) {
    const value = helm.node(key);
    if (value) target.map.items.push(newPair(key, copyOf(value), helm.span(key)));
  }
  deploy.note("copied", "helm", target.path, span);
}
