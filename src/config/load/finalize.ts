/** A chosen document with its profiles applied: first the profiles' sections in order, then their patches. */

import { overlay } from "../profile/overlay.ts";
import { applyPatches } from "../profile/patch.ts";
import type { Report } from "../schema/report.ts";
import { config } from "../schema/sections/config.ts";
import { validate } from "../schema/validate.ts";
import { childItems, type MapNode, withoutEntry } from "../yaml/tree.ts";
import type { ChosenModule } from "./modules.ts";

/** Keys of a profile that describe the profile itself. */
const ownKeys: ReadonlySet<string> = new Set(["name", "activation", "requiresAllActivations", "patches"]);

export function finalTree({ document, profiles }: ChosenModule, report: Report): MapNode {
  let tree = withoutEntry(document.tree, "profiles");
  let patched = false;
  for (const { name, node } of profiles) {
    if (node.kind !== "map") continue;
    tree = overlay(tree, node, config, name, ownKeys);
    patched ||= childItems(node, "patches").length > 0;
    tree = applyPatches(tree, node, name, report);
  }
  if (patched) {
    const checked = validate(tree, config, { report, lenient: true });
    if (checked?.kind === "map") tree = checked;
  }
  return tree;
}
