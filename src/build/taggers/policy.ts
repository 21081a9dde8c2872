/**
 * From a tag policy of the configuration to a tagger. Where the tagger fails, the image is tagged `latest` (or as its
 * name says), as in the reference tool, with one warning that gives the reason. `--tag` overrides every policy.
 */

import { Environment } from "../../config/environment.ts";
import type { TagPolicy, Templated } from "../../config/project.ts";
import { expandTemplated, namesReadBy } from "../../config/templated.ts";
import { diagnosticsOf, Failure } from "../../diag/failure.ts";
import { customTemplateTagger } from "./custom-template.ts";
import { dateTimeTagger } from "./date-time.ts";
import { envTemplateTagger } from "./env-template.ts";
import { gitCommitTagger } from "./git-commit.ts";
import { inputDigestTagger } from "./input-digest.ts";
import { sha256Tagger } from "./sha256.ts";
import { checkTag, type Tag, type Tagger, type TagRequest } from "./tagger.ts";

export type Expand = (template: Templated, variables: Readonly<Record<string, string>>) => string;

export function taggerOf(policy: TagPolicy, given: string | undefined, expand: Expand): Tagger {
  if (given !== undefined)
    return { name: "--tag", fromKey: false, tag: async () => ({ tag: checkTag(given, "--tag") }) };
  switch (policy.kind) {
    case "sha256":
      return sha256Tagger();
    case "inputDigest":
      return inputDigestTagger();
    case "gitCommit":
      return gitCommitTagger(policy);
    case "envTemplate":
      return envTemplateTagger((variables) => expand(policy.template, variables));
    case "dateTime":
      return dateTimeTagger(policy);
    case "customTemplate":
      return customTemplateTagger({
        components: new Map(policy.components.map(({ name, policy: own }) => [name, taggerOf(own, undefined, expand)])),
        reads: namesReadBy(policy.template),
        // As in the reference tool, neither the environment nor any function beyond the language's own.
        expand: (values) => expandTemplated(policy.template, values, new Environment([])),
      });
  }
}

/** The tag, or the fallback with a notice for the user. */
export async function tagOrFallback(tagger: Tagger, request: TagRequest, signal: AbortSignal): Promise<Tag> {
  try {
    return await tagger.tag(request, signal);
  } catch (thrown) {
    if (signal.aborted || !(thrown instanceof Failure) || tagger.name === "--tag") throw thrown;
    const why = diagnosticsOf(thrown)[0]?.message ?? "";
    const own = tagInName(request.image);
    // The text is the same for every image, so that it is shown once for all of them.
    const told = own === undefined ? "images are tagged latest" : `${request.image} is tagged ${own}`;
    return { tag: own ?? "latest", notice: `${told}, because the ${tagger.name} policy gives no tag: ${why}` };
  }
}

function tagInName(image: string): string | undefined {
  const name = image.slice(image.lastIndexOf("/") + 1).split("@")[0] ?? "";
  const colon = name.indexOf(":");
  return colon < 0 ? undefined : name.slice(colon + 1);
}
