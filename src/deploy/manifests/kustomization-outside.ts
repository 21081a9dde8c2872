/**
 * Whether the result of a kustomization depends on more than its files: on fetched content, a program that makes or
 * changes objects, or a variable of the environment. Such a result can change while its files do not.
 * In doubtful cases the answer is yes, because rendering again only costs a process.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { toTree } from "../../config/yaml/convert.ts";
import { readYaml } from "../../config/yaml/read.ts";
import { Source } from "../../config/yaml/source.ts";
import { toJson } from "../../config/yaml/tree.ts";
import { isJsonRecord, type Json, type JsonRecord } from "../../std/data/json.ts";
import { isFetched } from "../../std/repository-address.ts";

/** Whether the arguments allow other programs. */
export function letsProgramsIn(buildArgs: readonly string[]): boolean {
  return buildArgs.some((arg) => /^(?:--(?:enable-(?!helm\b|managedby)|network|mount|env|as-current)|-e\b)/.test(arg));
}

/**
 * @param named texts of the kustomization that name files, folders or addresses
 * @param folder absolute
 */
export function takesMore(kustomization: JsonRecord, named: readonly string[], folder: string): boolean {
  const { helmCharts, helmChartInflationGenerator } = kustomization;
  if (helmCharts !== undefined || helmChartInflationGenerator !== undefined) return true;
  if (named.some(isFetched)) return true;
  const plugins = ["generators", "transformers", "validators"].flatMap((field) => texts(kustomization[field]));
  if (plugins.some((text) => !isBuiltin(text, folder))) return true;
  const generators = ["configMapGenerator", "secretGenerator"].flatMap((field) => records(kustomization[field]));
  return generators.some(
    (generator) => isUnknown(generator) || envFiles(generator).some((file) => takesVariables(join(folder, file))),
  );
}

/** Whether the text configures one of kustomize's own generators and transformers, inline or in a file. */
function isBuiltin(text: string, folder: string): boolean {
  const documents = text.includes("\n") ? documentsOf(text) : documentsOf(textOf(join(folder, text)));
  const isOwn = ({ apiVersion, metadata }: JsonRecord) =>
    apiVersion === "builtin" && !(isJsonRecord(metadata) && isJsonRecord(metadata.annotations));
  return documents.length > 0 && documents.every((document) => isJsonRecord(document) && isOwn(document));
}

const known = new Set(["name", "namespace", "behavior", "files", "envs", "env", "literals", "options", "type"]);

/** Whether the generator has fields that are unknown here: older versions had commands among them. */
function isUnknown(generator: JsonRecord): boolean {
  return Object.keys(generator).some((field) => !known.has(field));
}

function envFiles({ envs, env }: JsonRecord): readonly string[] {
  return [...texts(envs), ...texts(env)];
}

/** Whether the file has a name without a value, which takes its value from the environment. */
function takesVariables(path: string): boolean {
  return textOf(path)
    .split(/\r?\n/)
    .map((line) => line.trimStart())
    .some((line) => line !== "" && !line.startsWith("#") && !line.includes("="));
}

function documentsOf(text: string): readonly (Json | undefined)[] {
  const source = new Source("", "", text);
  const documents = readYaml(source, () => undefined).map(({ document }) => toTree(document, source, () => undefined));
  return documents.map((tree) => tree && toJson(tree));
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function texts(value: Json | undefined): readonly string[] {
  const all = Array.isArray(value) ? value : [value];
  return all.filter((item) => typeof item === "string");
}

function records(value: Json | undefined): readonly JsonRecord[] {
  return Array.isArray(value) ? value.filter(isJsonRecord) : [];
}
