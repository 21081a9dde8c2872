/** Checks between artifacts: their names, duplicates, required artifacts, and circles of requirements. */
import type { Diagnostic } from "../../diag/diagnostic.ts";
import { closest } from "../../std/text/edit-distance.ts";
import type { Artifact } from "../project.ts";
import { imageNameFault } from "./image-name.ts";

export function checkImages(artifacts: readonly Artifact[]): Diagnostic[] {
  const found: Diagnostic[] = [];
  const byName = new Map<string, Artifact>();
  for (const artifact of artifacts) {
    const { image, at } = artifact;
    const fault = imageNameFault(image);
    const first = byName.get(image);
    if (fault !== undefined)
      found.push({ severity: "error", message: `${JSON.stringify(image)} is not a valid image name: ${fault}`, at });
    if (first === undefined) byName.set(image, artifact);
    else
      found.push({
        severity: "error",
        message: `${image} is built twice, first in ${first.at.file}:${first.at.line}`,
        at,
        suggestion: "give one of them another name",
      });
  }
  for (const artifact of artifacts) found.push(...checkRequirements(artifact, byName));
  return [...found, ...circles(byName)];
}

function checkRequirements({ requires }: Artifact, known: ReadonlyMap<string, Artifact>): Diagnostic[] {
  const found: Diagnostic[] = [];
  const aliases = new Set<string>();
  for (const { image, alias, at } of requires) {
    if (!known.has(image)) {
      const near = closest(image, known.keys());
      found.push({
        severity: "error",
        message: `no artifact has the image ${JSON.stringify(image)}`,
        at,
        ...(near === undefined ? {} : { suggestion: `did you mean ${near}?` }),
      });
    }
    if (aliases.has(alias))
      found.push({ severity: "error", message: `two requirements have the alias ${JSON.stringify(alias)}`, at });
    // An image's own name as alias need not be an identifier: no ARG can then refer to it.
    if (alias !== image && !/^[A-Za-z_][A-Za-z0-9_]*$/.test(alias))
      found.push({
        severity: "error",
        message: `the alias ${JSON.stringify(alias)} cannot be the name of an ARG`,
        at,
        suggestion: "an alias has letters, digits and underscores, and begins with no digit",
      });
    aliases.add(alias);
  }
  return found;
}

/** One diagnostic per circle, at the requirement that closes it. */
function circles(known: ReadonlyMap<string, Artifact>): Diagnostic[] {
  const found: Diagnostic[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (artifact: Artifact): void => {
    path.push(artifact.image);
    for (const { image, at } of artifact.requires) {
      const start = path.indexOf(image);
      const next = known.get(image);
      if (start >= 0) {
        const circle = [...path.slice(start), image].join(" -> ");
        found.push({ severity: "error", message: `artifacts require each other in a circle: ${circle}`, at });
      } else if (next && !done.has(image)) visit(next);
    }
    path.pop();
    done.add(artifact.image);
  };
  for (const artifact of known.values()) if (!done.has(artifact.image)) visit(artifact);
  return found;
}
