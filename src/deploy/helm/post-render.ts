/**
 * Puts built images and the user's labels into what helm has rendered. Helm starts the program itself for it, once for
 * each install and upgrade: nothing but the plan is read, no configuration and no cluster.
 *
 * What is no object (a note, an empty document) goes through as it is read; a text that cannot be understood fails the
 * release with its place, because a release with other images than the ones that were built is worse than none.
 */
import { Source } from "../../config/yaml/source.ts";
import type { Diagnostic } from "../../diag/diagnostic.ts";
import { withImages } from "../manifests/images.ts";
import { withLabels } from "../manifests/labels.ts";
import { printManifests } from "../manifests/print-manifests.ts";
import { readManifests } from "../manifests/read-manifest.ts";
import type { Selectors } from "../manifests/transformable.ts";

export interface PostRenderPlan {
  /** Image as charts name it -> the reference to run. */
  readonly references: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly selectors?: Selectors;
}

/** The manifests with images and labels in place. Complaints go to `report`. */
export function postRender(text: string, plan: PostRenderPlan, report: (diagnostic: Diagnostic) => void): string {
  const manifests = readManifests(new Source("helm", "(output of helm)", text), report);
  const objects = manifests.map(({ object }) =>
    withLabels(withImages(object, plan.references, plan.selectors), plan.labels, plan.selectors),
  );
  return `${printManifests(objects)}\n`;
}

/** The whole program: standard input to standard output. @returns the exit code */
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
