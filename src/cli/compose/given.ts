/** Wires the images that the command line gives to the artifacts of a project. */
import type { FlagValues } from "../../command/flags.ts";
import type { ComposedArtifact } from "../../phase/image/artifact-work.ts";
import { type GivenOnes, givenOf } from "../../phase/image/named-images.ts";

export type Given = GivenOnes<ComposedArtifact>;

/** @param tag given alone, it names the image of every artifact without one */
export function composeGiven(
  flags: FlagValues,
  artifacts: readonly ComposedArtifact[],
  tag: string | undefined,
): Promise<Given> {
  const file = flags.text("build-artifacts");
  return givenOf({ file, words: flags.list("images"), defaultRepo: flags.text("default-repo"), tag }, artifacts);
}
