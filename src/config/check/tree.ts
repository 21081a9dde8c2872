/**
 * Checks that need the tree of a whole module and not its resolved form: which builders can work in which environment,
 * and settings that contradict each other.
 */
import type { ConfigView } from "../resolve/module.ts";
import { complain, type Report } from "../schema/report.ts";
import { child, childItems, type Node } from "../yaml/tree.ts";

const builders = ["docker", "bazel", "ko", "jib", "kaniko", "buildpacks", "custom"] as const;
const inCluster: readonly string[] = ["kaniko", "custom"];
const onCloudBuild: readonly string[] = ["docker", "kaniko", "jib", "buildpacks", "ko"];

/** @param written the document before profiles were applied */
export function checkTree(root: ConfigView, written: Node, report: Report): void {
  uniqueNames(childItems(written, "profiles"), "profiles", report);
  const build = child(root.node, "build");
  for (const artifact of childItems(build, "artifacts")) {
    checkBuilder(artifact, build, report);
    checkIgnore(artifact, report);
  }
  const sha256 = child(child(build, "tagPolicy"), "sha256");
  const tryImport = child(child(build, "local"), "tryImportMissing");
  if (sha256 && tryImport?.kind === "scalar" && tryImport.value === true)
    complain(
      report,
      "error",
      tryImport,
      "tryImportMissing cannot work with the tag policy sha256",
      "choose another tagPolicy",
    );
  uniqueNames(childItems(root.node, "verify"), "verify tests", report);
  uniqueNames(childItems(root.node, "customActions"), "actions", report);
}

function checkBuilder(artifact: Node, build: Node | undefined, report: Report): void {
  const chosen = builders.find((builder) => child(artifact, builder));
  const at = (chosen && child(artifact, chosen)) ?? child(artifact, "image") ?? artifact;
  if (child(build, "cluster")) {
    if (chosen !== undefined && !inCluster.includes(chosen))
      complain(report, "error", at, `${chosen} artifacts cannot be built in the cluster`, "write kaniko: {} for it");
    return;
  }
  if (child(build, "googleCloudBuild")) {
    if (chosen !== undefined && !onCloudBuild.includes(chosen))
      complain(report, "error", at, `${chosen} artifacts cannot be built by Google Cloud Build`);
    return;
  }
  if (chosen === "kaniko")
    complain(
      report,
      "error",
      at,
      "kaniko artifacts are built in the cluster only",
      "write build: {cluster: {}}, or docker: here",
    );
}

/** `ignore` excludes files of `paths`; beside a command or a Dockerfile it has no effect. */
function checkIgnore(artifact: Node, report: Report): void {
  const dependencies = child(child(artifact, "custom"), "dependencies");
  const ignore = child(dependencies, "ignore");
  if (ignore && !child(dependencies, "paths"))
    complain(report, "error", ignore, "ignore works only together with paths");
}

function uniqueNames(items: readonly Node[], what: string, report: Report): void {
  const seen = new Set<string>();
  for (const item of items) {
    const name = child(item, "name");
    if (name?.kind !== "scalar") continue;
    if (seen.has(name.text)) complain(report, "error", name, `two ${what} are called ${JSON.stringify(name.text)}`);
    seen.add(name.text);
  }
}
