/**
 * ko's settings file: the artifact's own values for its program, merged over the project's `.ko.yaml`. Without own
 * values the project's file is used as it is.
 */
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isJsonRecord, type Json, type JsonRecord } from "../../std/data/json.ts";
import type { KoSection, KoValues } from "./section.ts";

/** @returns the path of a file written into the folder; undefined where ko needs none */
export async function writeSettings(
  { directory, main }: KoSection,
  { env, flags, ldflags }: KoValues,
  folder: string,
): Promise<string | undefined> {
  if (env.length + flags.length + ldflags.length === 0) return undefined;
  const project = await projectSettings(directory);
  const builds = Array.isArray(project.builds) ? project.builds : [];
  const own: JsonRecord = { id: "devloop", dir: ".", main: main.replace(/^\.\//, "") || ".", env, flags, ldflags };
  const path = join(folder, "ko.yaml");
  // The last entry for a program wins. JSON is valid YAML.
  await writeFile(path, JSON.stringify({ ...project, builds: [...builds, own] }));
  return path;
}

async function projectSettings(directory: string): Promise<JsonRecord> {
  const named = process.env.KO_CONFIG_PATH;
  const isFolder =
    named !== undefined &&
    (await stat(named)
      .then((is) => is.isDirectory())
      .catch(() => false));
  const path = named === undefined ? join(directory, ".ko.yaml") : isFolder ? join(named, ".ko.yaml") : named;
  const text = await readFile(path, "utf8").catch(() => "");
  const read = text.trim() === "" ? {} : (Bun.YAML.parse(text) as Json);
  return isJsonRecord(read) ? read : {};
}
