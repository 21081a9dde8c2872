/** v1beta13 to v1beta14: one `jib` section for both build tools. A Maven profile becomes two arguments. */
import { isMap, isScalar } from "yaml";
import type { Cursor } from "../cursor.ts";
import { newScalar, textOf } from "../nodes.ts";
import { artifactsOf, pipelineStep } from "../step.ts";

export const v1beta13 = pipelineStep(
  "v1beta13",
  (pipeline) => {
    for (const artifact of artifactsOf(pipeline)) {
      const maven = artifact.child("jibMaven");
      if (maven) editMaven(artifact, maven);
      const gradle = artifact.child("jibGradle");
      if (gradle) setType(artifact, gradle, "jibGradle", "gradle");
    }
  },
  [
    { from: "/build/artifacts/*/jibMaven/module", to: "/build/artifacts/*/jib/project" },
    { from: "/build/artifacts/*/jibMaven/profile", refuse: "patch /jib/args with --activate-profiles and the profile" },
    { from: "/build/artifacts/*/jibMaven/args/**", to: "/build/artifacts/*/jib/args/**" },
    { from: "/build/artifacts/*/jibGradle/project", to: "/build/artifacts/*/jib/project" },
    { from: "/build/artifacts/*/jibGradle/args/**", to: "/build/artifacts/*/jib/args/**" },
  ],
);

function editMaven(artifact: Cursor, maven: Cursor): void {
  maven.rename("module", "project");
  const span = maven.span("profile");
  const profile = maven.node("profile");
  if (isScalar(profile) && textOf(profile) !== "") {
    const args = maven.ensureList("args", span);
    if (args) {
      maven.take("profile");
      args.items.push(newScalar("--activate-profiles", span), profile);
      maven.note("moved", "profile", maven.at("args"), span);
    }
  } else maven.remove("profile");
  setType(artifact, maven, "jibMaven", "maven");
}

function setType(artifact: Cursor, jib: Cursor, key: string, type: string): void {
  const span = artifact.span(key);
  artifact.rename(key, "jib");
  if (isMap(artifact.node("jib"))) jib.set("type", newScalar(type, span), span);
}
