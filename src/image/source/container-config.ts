/** The settings of an image's config for its containers, read from the image's holder. */
import { isJsonRecord, type Json } from "../../std/data/json.ts";
import type { Engine } from "../engine/engine.ts";
import { type ImageConfig, inspectImage } from "../engine/engine-image.ts";
import type { LocatedImage } from "../holder.ts";
import type { Sources } from "./open-source.ts";

/** `workingDir` is empty where the image sets none. */
export type ContainerConfig = Pick<ImageConfig, "workingDir" | "labels">;

/**
 * Undefined where neither its holder nor the engine has it.
 * @throws Failure where they cannot be asked
 */
export async function containerConfig(
  engine: Engine,
  sources: Sources,
  { id, holder }: LocatedImage,
  signal: AbortSignal,
): Promise<ContainerConfig | undefined> {
  const source = holder && (await sources.open(holder, id, signal));
  if (!source) return (await inspectImage(engine, id, signal))?.config;
  const description = JSON.parse(Buffer.from(source.config).toString()) as Json;
  const config = isJsonRecord(description) && isJsonRecord(description.config) ? description.config : {};
  const labels = isJsonRecord(config.Labels) ? Object.entries(config.Labels) : [];
  return {
    workingDir: typeof config.WorkingDir === "string" ? config.WorkingDir : "",
    labels: Object.fromEntries(labels.filter((pair): pair is [string, string] => typeof pair[1] === "string")),
  };
}
