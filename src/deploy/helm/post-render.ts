/**
 * Puts built images and the user's labels into helm's rendered manifests. Helm starts this program as its
 * post-renderer, once for each install and upgrade; it reads the plan file only, no configuration and no cluster.
 * A document that is no object (a note, an empty document) passes unchanged. A text that cannot be parsed fails the
 * release with its place, because a release with other images than the built ones would be wrong.
 */
import { Source } from "../../config/yaml/source.ts";
import type { Diagnostic } from "../../diag/diagnostic.ts";
import { withImages } from "../manifests/images.ts";
import { withLabels } from "../manifests/labels.ts";
import { printManifests } from "../manifests/print-manifests.ts";
import { readManifests } from "../manifests/read-manifest.ts";
import type { Selectors } from "../manifests/transformable.ts";

export interface PostRenderPlan {
  /** Image in the chart's form -> the reference to run. */
  readonly references: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly selectors?: Selectors;
}

/** The manifests with images and labels replaced. Diagnostics go to `report`. */
export function postRender(text: string, plan: PostRenderPlan, report: (diagnostic: Diagnostic) => void): string {
  const manifests = readManifests(new Source("helm", "(output of helm)", text), report);
  const objects = manifests.map(({ object }) =>
    withLabels(withImages(object, plan.references, plan.selectors), plan.labels, plan.selectors),
  );
  return `${printManifests(objects)}\n`;
}

/**
 * The whole program: standard input to standard output.
 * @returns the exit code
 */
export async function postRenderProgram(planFile: string): Promise<number> {
  const plan = (await Bun.file(planFile).json()) as PostRenderPlan;
  const complaints: Diagnostic[] = [];
  const text = postRender(await Bun.stdin.text(), plan, (diagnostic) => complaints.push(diagnostic));
  for (const { message, at } of complaints)
    process.stderr.write(`${at ? `line ${at.line} of what the chart rendered: ` : ""}${message}\n`);
  if (complaints.length > 0) return 1;
  await Bun.write(Bun.stdout, text);
  return 0;
}
