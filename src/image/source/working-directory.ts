/** The working directory that an image's config sets, from whatever holds the image. */
import { isJsonRecord, type Json } from "../../std/data/json.ts";
import type { Engine } from "../engine/engine.ts";
import { inspectImage } from "../engine/engine-image.ts";
import type { LocatedImage } from "../holder.ts";
import type { Sources } from "./open-source.ts";

/**
 * Empty where the image sets none; undefined where neither its holder nor the engine has it.
 * @throws Failure where they cannot be asked
 */
export async function workingDirectory(
  engine: Engine,
  sources: Sources,
  { id, holder }: LocatedImage,
  signal: AbortSignal,
): Promise<string | undefined> {
  const source = holder && (await sources.open(holder, id, signal));
  if (!source) return (await inspectImage(engine, id, signal))?.config.workingDir;
  const description = JSON.parse(Buffer.from(source.config).toString()) as Json;
  const config = isJsonRecord(description) && isJsonRecord(description.config) ? description.config : {};
  return typeof config.WorkingDir === "string" ? config.WorkingDir : "";
}
