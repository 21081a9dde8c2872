/**
 * v1beta6 to v1beta7: kaniko becomes a way to build one artifact instead of a builder of all. The settings of its place
 * and account move to `build.cluster`; the others move to every artifact, together with the Dockerfile settings that
 * kaniko read from `docker`. A profile that switches to kaniko over the root's artifacts gets patches for them.
 */
import { isMap, type Node, Pair, type YAMLMap } from "yaml";
import type { Span } from "../change.ts";
import type { Cursor } from "../cursor.ts";
import { copyOf, keyOf, newMap, newScalar, spanOf } from "../nodes.ts";
import { type Patch, type PathRule, patchesOf, replacePatch, rewritePatches } from "../patches.ts";
import { Reach } from "../reach.ts";
import { artifactsOf, type Step } from "../step.ts";
import type { Version } from "../versions.ts";

const perArtifact = ["buildContext", "image", "cache", "flags"];
const fromDocker = ["dockerfile", "target", "buildArgs"];

const rules: readonly PathRule[] = ["pullSecret", "pullSecretName", "namespace", "timeout", "dockerConfig"].map(
  (key) => ({ from: `/build/kaniko/${key}/**`, to: `/build/cluster/${key}/**` }),
);

export const v1beta6: Step = {
  from: "v1beta6" as Version,
  edit({ root, profiles }) {
    const rootSettings = editPipeline(root);
    for (const profile of profiles) {
      const own = profile.child("build")?.has("artifacts") === true;
      const settings = editPipeline(profile);
      if (settings && !own) patchArtifacts(profile, root, settings);
      if (!settings && rootSettings && own && !choosesBuilder(profile)) giveSettings(profile, copyOf(rootSettings));
      for (const patch of patchesOf(profile)) spread(profile, root, patch);
      rewritePatches(profile, root, { rules });
    }
  },
};

/** Removes and returns the settings of kaniko; undefined where the pipeline does not build with it. */
function editPipeline(pipeline: Cursor): YAMLMap | undefined {
  const build = pipeline.child("build");
  const kaniko = build?.child("kaniko");
  if (!build || !kaniko) return undefined;
  const span = build.span("kaniko");
  const settings = newMap(span);
  for (const key of perArtifact) {
    const pair = kaniko.pair(key);
    if (kaniko.take(key) !== undefined && pair) settings.items.push(pair);
  }
  build.rename("kaniko", "cluster");
  const plain = copyOf(settings);
  giveSettings(pipeline, settings);
  return plain;
}

/** Gives the settings to every artifact of a pipeline. */
function giveSettings(pipeline: Cursor, settings: YAMLMap): void {
  const span = spanOf(settings, [0, 0]);
  const plain = copyOf(settings);
  for (const [i, artifact] of artifactsOf(pipeline).entries()) {
    const own = i === 0 ? settings : copyOf(plain);
    mergeDocker(own, artifact, span);
    artifact.set("kaniko", own, span);
    artifact.log.change({ kind: "moved", from: `${pipeline.at("build")}.kaniko`, to: artifact.at("kaniko") }, span);
  }
}

function choosesBuilder(profile: Cursor): boolean {
  const build = profile.child("build");
  return ["local", "googleCloudBuild", "executionEnvironment", "cluster"].some((builder) => build?.has(builder));
}

/** Moves the artifact's Dockerfile settings to its kaniko section. */
function mergeDocker(settings: YAMLMap, artifact: Cursor, span: Span): void {
  const docker = artifact.child("docker");
  if (!docker) return;
  if (docker.has("cacheFrom")) docker.warn("cacheFrom", "kaniko does not read cacheFrom: it is dropped");
  for (const key of fromDocker) {
    const pair = docker.pair(key);
    if (pair && docker.take(key) !== undefined) settings.items.push(pair);
  }
  artifact.take("docker");
  artifact.log.change({ kind: "moved", from: artifact.at("docker"), to: artifact.at("kaniko") }, span);
}

/**
 * Adds patches to a profile that builds the root's artifacts, because a list in the profile would replace the root's.
 */
function patchArtifacts(profile: Cursor, root: Cursor, settings: YAMLMap): void {
  const span = spanOf(settings, [0, 0]);
  const add: YAMLMap[] = [];
  for (const [i, artifact] of artifactsOf(root).entries()) {
    const docker = artifact.child("docker");
    const value = copyOf(settings);
    for (const { items } of [docker?.map, artifact.child("kaniko")?.map].filter(isMap))
      value.items.push(
        ...items
          .filter((pair) => fromDocker.includes(keyOf(pair) ?? ""))
          .map(({ key, value: own }) => new Pair(copyOf(key), copyOf(own))),
      );
    const path = `/build/artifacts/${i}`;
    if (value.items.length > 0) add.push(patch("add", `${path}/kaniko`, span, value));
    if (docker) add.push(patch("remove", `${path}/docker`, span));
  }
  const list = add.length === 0 ? undefined : profile.ensureList("patches", span);
  if (!list) return;
  list.items.unshift(...add);
  profile.log.change({ kind: "added", to: profile.at("patches") }, span);
}

function patch(op: string, path: string, span: Span, value?: Node): YAMLMap {
  return newMap(span, { op: newScalar(op, span), path: newScalar(path, span), ...(value ? { value } : {}) });
}

/** Turns a patch of one kaniko setting into a patch of that setting in every artifact. */
function spread(profile: Cursor, root: Cursor, patch_: Patch): void {
  const [build, kaniko, key = "", ...rest] = patch_.segments;
  if (build !== "build" || kaniko !== "kaniko") return;
  if (key === "")
    return patch_.cursor.error(
      "path",
      "a patch of all of build.kaniko cannot be upgraded",
      "write it for build.cluster",
    );
  if (!perArtifact.includes(key)) return;
  const artifacts = artifactsOf(profile).length > 0 ? artifactsOf(profile) : artifactsOf(root);
  const targets = artifacts.map((_, i) => ({
    segments: ["build", "artifacts", String(i), "kaniko", key, ...rest],
    ...(patch_.value ? { value: i === 0 ? patch_.value : copyOf(patch_.value) } : {}),
  }));
  replacePatch(profile, patch_, targets, new Reach(root, profile));
}
