/**
 * v2beta7 to v2beta8: kpt's settings have other places, and the reference tool moves none of them. They are removed
 * with a warning; no version after v2beta29 accepts an old kpt section at all.
 */
import type { Cursor } from "../cursor.ts";
import { pipelineStep } from "../step.ts";

export const v2beta7 = pipelineStep("v2beta7", (pipeline) => {
  const kpt = pipeline.down("deploy", "kpt");
  const live = kpt?.child("live");
  drop(kpt, ["applyDir"]);
  drop(live, ["inventoryID", "inventoryNamespace"]);
  drop(live?.child("apply"), ["pollPeriod", "prunePropagationPolicy", "pruneTimeout", "reconcileTimeout"]);
});

function drop(owner: Cursor | undefined, keys: readonly string[]): void {
  for (const key of keys.filter((candidate) => owner?.has(candidate))) {
    owner?.warn(key, `${owner.at(key)} is dropped`);
    owner?.remove(key);
  }
}
