/**
 * v2alpha1 to v2alpha2: kaniko's context is always streamed, and only its init image is kept of the settings for it.
 * From this version on a profile's deployers add to the root's instead of replacing them; patches keep the old effect.
 */
import type { Cursor } from "../cursor.ts";
import { newMap, newScalar } from "../nodes.ts";
import { artifactsOf, pipelineStep } from "../step.ts";

const deployers = ["helm", "kubectl", "kustomize"];

export const v2alpha1 = pipelineStep(
  "v2alpha1",
  (pipeline, root) => {
    for (const artifact of artifactsOf(pipeline)) {
      const kaniko = artifact.child("kaniko");
      if (kaniko) editKaniko(kaniko);
    }
    // Only a profile has a name; the value of a patch, which is edited as a pipeline too, has none.
    const isProfile = pipeline !== root && pipeline.has("name");
    if (isProfile && !pipeline.log.lenient) keepExclusive(pipeline, root);
  },
  [
    { from: "/build/artifacts/*/kaniko/buildContext/localDir/initImage", to: "/build/artifacts/*/kaniko/initImage" },
    { from: "/build/artifacts/*/kaniko/buildContext/**", drop: "the context is always sent by devloop" },
  ],
);

function editKaniko(kaniko: Cursor): void {
  const context = kaniko.child("buildContext");
  const local = context?.child("localDir");
  local?.move("initImage", kaniko);
  if (context?.has("gcsBucket"))
    context.warn("gcsBucket", "kaniko's context is always sent by devloop: the bucket is not used");
  kaniko.remove("buildContext");
}

function keepExclusive(profile: Cursor, root: Cursor): void {
  const [own, base] = [profile.child("deploy"), root.child("deploy")];
  const chosen = deployers.filter((name) => own?.has(name));
  const [first] = chosen;
  const replaced = deployers.filter((name) => base?.has(name) && !chosen.includes(name));
  if (!own || first === undefined || replaced.length === 0) return;
  const span = own.span(first);
  const patches = profile.ensureList("patches", span);
  for (const name of [...replaced].reverse())
    patches?.items.unshift(newMap(span, { op: newScalar("remove", span), path: newScalar(`/deploy/${name}`, span) }));
  profile.log.change({ kind: "added", to: profile.at("patches") }, span);
}
