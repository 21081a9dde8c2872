/**
 * The definition of what the cursor is on: the file of a `requires` path and the module of a name in it, a Dockerfile,
 * a manifest, a kustomization, the artifact that another one requires. Files that do not exist give no place.
 */
import { dirname, isAbsolute, join } from "node:path";
import { isMap, isScalar, isSeq, type Node, parseAllDocuments } from "yaml";
import { kustomizationNames } from "../config/project.ts";
import { realFiles } from "../config/resolve/scope.ts";
import { goGlob } from "../std/go/go-glob.ts";
import { valueAt } from "./names.ts";
import { type Found, nodeAt } from "./node-at.ts";
import type { Location, Position } from "./protocol.ts";
import { requiredPath, requiredTexts } from "./required.ts";
import { shapeOf } from "./schema-path.ts";
import { OpenText, uriOf } from "./text.ts";

export function define(document: OpenText, position: Position): readonly Location[] {
  const found = nodeAt(document.text, document.offset(position));
  if (!found || document.path === undefined) return [];
  const folder = dirname(document.path);
  const shape = shapeOf(found.path).replace(/^profiles\[\]\./, "");
  const around = (up: number) => valueAt(found.data, found.path.slice(0, found.path.length - up));
  switch (shape) {
    case "requires[].path":
      return files([requiredPath(document, around(1))]);
    case "requires[].configs[]":
      return named(document, around(2), ["metadata", "name"], found.text);
    case "requires[].activeProfiles[].name":
      return named(document, around(3), ["profiles", "*", "name"], found.text);
    case "build.artifacts[].requires[].image":
      return named(document, {}, ["build", "artifacts", "*", "image"], found.text);
    case "requires[].activeProfiles[].activatedBy[]":
      return named(document, {}, ["profiles", "*", "name"], found.text);
    case "build.artifacts[].docker":
    case "build.artifacts[].docker.dockerfile":
    case "build.artifacts[].kaniko.dockerfile":
    case "build.artifacts[].context":
      return files(dockerfiles(found, folder));
    case "manifests.rawYaml[]":
      return files(goGlob(at(folder, found.text)));
    case "manifests.kustomize.paths[]":
    case "deploy.kustomize.paths[]":
      return files(kustomizationNames.map((name) => join(at(folder, found.text), name)));
    default:
      return [];
  }
}

/** The Dockerfile of the artifact at the path: in its context, then beside the config. */
function dockerfiles({ data, path }: Found, folder: string): (string | undefined)[] {
  const artifact = valueAt(data, path.slice(0, path.indexOf("artifacts") + 2));
  const text = (...keys: string[]) => {
    const value = valueAt(artifact, keys);
    return typeof value === "string" ? value : undefined;
  };
  const name = text("docker", "dockerfile") ?? text("kaniko", "dockerfile") ?? "Dockerfile";
  const candidates = [at(at(folder, text("context") ?? "."), name), at(folder, name)];
  return [candidates.find((candidate) => realFiles.isFile(candidate))];
}

function at(folder: string, path: string): string {
  return isAbsolute(path) ? path : join(folder, path);
}

function files(paths: readonly (string | undefined)[]): Location[] {
  const start = { line: 0, character: 0 };
  return paths.flatMap((path) =>
    path !== undefined && realFiles.isFile(path) ? [{ uri: uriOf(path), range: { start, end: start } }] : [],
  );
}

/**
 * The scalar with that text at the path, in the file that the requirement refers to (`{}`: this one). `*` is every
 * item.
 */
function named(document: OpenText, requirement: unknown, path: readonly string[], wanted: string): Location[] {
  const file = requiredPath(document, requirement);
  const [text] = requiredTexts(document, requirement);
  if (file === undefined || text === undefined) return [];
  const target = new OpenText(uriOf(file), 0, text);
  return parseAllDocuments(text, { uniqueKeys: false, logLevel: "silent" })
    .flatMap(({ contents }) => scalarsAt(contents, path))
    .flatMap((node) => {
      if (!isScalar(node) || node.value !== wanted || !node.range) return [];
      return [{ uri: target.uri, range: target.range(node.range[0], node.range[1]) }];
    });
}

function scalarsAt(node: Node | null | undefined, [step, ...rest]: readonly string[]): (Node | null | undefined)[] {
  if (step === undefined) return [node];
  if (step === "*") return isSeq(node) ? node.items.flatMap((item) => scalarsAt(item as Node, rest)) : [];
  return isMap(node) ? scalarsAt(node.get(step, true) as Node | undefined, rest) : [];
}
