/**
 * The inputs of an image that the executor builds: the files that its Dockerfile reads, as for the Docker builder, and
 * the section's fields about the image. How the pod runs, its log and its cache have no effect on the result.
 */
import type { JsonRecord } from "../../std/data/json.ts";
import type { Inspection } from "../builder.ts";
import { inferPlacer } from "../docker/dockerfile/infer.ts";
import { dockerfileHints } from "../docker/hints.ts";
import { inspectDocker } from "../docker/inspect.ts";
import { noPartOfTheImage } from "./flag-names.ts";
import type { KanikoSection } from "./section.ts";
import type { KanikoSpec } from "./spec.ts";

/** Raised whenever the meaning of a part below changes, so that old records do not match by accident. */
const keyFormat = 1;

/** @param specOf the spec for a tag, with required images not yet built */
export async function inspectKaniko(section: KanikoSection, specOf: (tag: string) => KanikoSpec): Promise<Inspection> {
  const { sources, bases, notices, plan, keyParts } = await inspectDocker(specOf("").docker);
  return {
    sources,
    bases,
    notices,
    keyParts(tag, seal) {
      const spec = specOf(tag);
      return { ...keyParts(spec.docker, seal), builder: "kaniko", kaniko: ownParts(spec, seal) };
    },
    infer: (patterns, tree) => inferPlacer(patterns, plan, tree),
    hints: (synced) => dockerfileHints(plan, section.dockerfile, synced),
  };
}

function ownParts({ section, label, env }: KanikoSpec, seal: (value: string) => string): JsonRecord {
  const counts = ([name]: readonly [string, unknown]) => !noPartOfTheImage.has(name);
  return {
    format: keyFormat,
    image: section.image,
    destination: section.destination,
    texts: Object.fromEntries(section.texts.filter(counts)),
    ignorePaths: section.lists.find(([name]) => name === "ignorePaths")?.[1] ?? [],
    switches: section.switches.filter((name) => !noPartOfTheImage.has(name)),
    label,
    env: env.map((one) => ("value" in one ? { name: one.name, value: seal(one.value) } : one)),
    volumeMounts: section.volumeMounts,
  };
}
