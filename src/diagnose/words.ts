/** A diagnosis as text for people: a heading for each artifact, one line for each finding, hints last. */
import { bytes, count, seconds } from "../ui/words.ts";
import type { ArtifactDiagnosis } from "./artifact.ts";

export interface Heading {
  readonly version: string;
  /** The version as the root config writes it. */
  readonly apiVersion: string;
  readonly modules: number;
  readonly artifacts: number;
  /** How many images are built at a time, and whether the configuration sets that. */
  readonly builds: { readonly atOnce: number; readonly asked: boolean };
  readonly profiles: readonly string[];
}

export function headingLines({ version, apiVersion, modules, artifacts, builds, profiles }: Heading): string[] {
  return [
    `devloop version: v${version}`,
    `Configuration version: ${apiVersion}`,
    ...(modules > 1 ? [`Number of modules: ${modules}`] : []),
    `Number of artifacts: ${artifacts}`,
    `Builds at a time: ${builds.atOnce}${builds.asked ? "" : " (one a core: local.concurrency is not set)"}`,
    ...(profiles.length > 0 ? [`Active profiles: ${profiles.join(", ")}`] : []),
  ];
}

export function artifactLines({ image, builder, context, inputs, sync, hints }: ArtifactDiagnosis): string[] {
  const lines = ["", `${builder} artifact: ${image}`, ` - Context: ${context}`];
  if (inputs)
    lines.push(
      ` - Size of the context: ${bytes(inputs.bytes)}`,
      ` - Dependencies: ${count(inputs.files, "file")}`,
      ` - Time to read the Dockerfile: ${seconds(inputs.inspect)}`,
      ` - Time to list and hash dependencies: ${seconds(inputs.hash)} (2nd time: ${seconds(inputs.hashAgain)})`,
    );
  if (sync)
    lines.push(
      ` - Sync: ${sync.kind}${sync.rules.length > 0 ? ` ${sync.rules.join(", ")}` : ""}`,
      ` - Files that are synced: ${sync.placed} (time to find their places: ${seconds(sync.seconds)})`,
    );
  else if (inputs) lines.push(" - Sync: none, every save rebuilds");
  for (const { message, at, suggestion } of hints) {
    lines.push(` - Hint: ${at ? `${at.file}:${at.line}: ` : ""}${message}`);
    if (suggestion !== undefined) lines.push(`         ${suggestion}`);
  }
  return lines;
}
