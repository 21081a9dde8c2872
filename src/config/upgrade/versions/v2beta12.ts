/** v2beta12 to v2beta13: a remote chart has a key of its own instead of a flag. */
import { type PathRule, patchesOf, replacePatch } from "../patches.ts";
import { filled, match } from "../pointer.ts";
import { Reach } from "../reach.ts";
import { pipelineStep, releasesOf, type Step } from "../step.ts";

const rules: readonly PathRule[] = [
  { from: "/deploy/helm/releases/*/remote", refuse: "patch chartPath or remoteChart of the release" },
];

const rename = pipelineStep(
  "v2beta12",
  (pipeline) => {
    for (const release of releasesOf(pipeline)) {
      if (/^(?:true|yes|on|y)$/i.test(release.text("remote") ?? "")) release.rename("chartPath", "remoteChart");
      release.remove("remote");
    }
  },
  rules,
);

export const v2beta12: Step = {
  from: rename.from,
  edit(document) {
    rename.edit(document);
    const { root, profiles } = document;
    for (const profile of profiles)
      for (const patch of patchesOf(profile)) {
        const found = match("/deploy/helm/releases/*/chartPath", patch.segments);
        const releases = releasesOf(profile).length > 0 ? releasesOf(profile) : releasesOf(root);
        if (!found || !releases[Number(found[0])]?.has("remoteChart")) continue;
        const segments = filled("/deploy/helm/releases/*/remoteChart", found);
        const target = { segments, ...(patch.value ? { value: patch.value } : {}) };
        replacePatch(profile, patch, [target], new Reach(root, profile));
      }
  },
};
