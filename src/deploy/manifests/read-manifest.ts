/**
 * Parses the text of manifests into objects: any number of documents, YAML or JSON, lists of objects flattened. A
 * document that cannot be applied is refused with its place, and all diagnostics of a text are reported at once;
 * nothing is repaired.
 * Keys stay as they were written (`on:` is the key "on", `1.10:` the key "1.10"): the Go library in kubectl would turn
 * them into "true" and "1.1", which no author intends.
 */

import { basename } from "node:path";
import type { KubeObject } from "../../cluster/cluster.ts";
import { kustomizationNames } from "../../config/project.ts";
import { toTree } from "../../config/yaml/convert.ts";
import { readPlain } from "../../config/yaml/plain.ts";
import { readYaml } from "../../config/yaml/read.ts";
import type { Source } from "../../config/yaml/source.ts";
import { child, type Node, placeOf } from "../../config/yaml/tree.ts";
import type { Diagnostic, Place } from "../../diag/diagnostic.ts";
import type { Json, JsonRecord } from "../../std/data/json.ts";
import { plainScalar } from "./yaml-scalar.ts";

/** One object of a rendered manifest, and its place in the file. */
export type Manifest = {
  readonly object: KubeObject;
  readonly at: Place;
  /** Where the object goes if it names no namespace and the command line none; absent: the deployment's own. */
  readonly namespace?: string;
};

type Report = (diagnostic: Diagnostic) => void;

/** The objects of a text, in order. Diagnostics go to `report`; an object with one is left out. */
export function readManifests(source: Source, report: Report): Manifest[] {
  return (readPlain(source) ?? readAtLength(source, report)).flatMap((tree) => objectsOf(tree, report));
}

/** The trees of the documents without errors, by the full YAML reader. */
function readAtLength(source: Source, report: Report): Node[] {
  return readYaml(source, report).flatMap(({ document }) => {
    let refused = false;
    const tree = toTree(document, source, (diagnostic) => {
      refused = true;
      report(diagnostic);
    });
    return tree === undefined || refused ? [] : [tree];
  });
}

function objectsOf(node: Node, report: Report): Manifest[] {
  const kind = textOf(child(node, "kind"));
  const items = child(node, "items");
  if (kind?.endsWith("List") && items?.kind === "list") return items.items.flatMap((item) => objectsOf(item, report));
  if (kind === "List" && items === undefined) return [];
  const complaint = kustomizationIn(node) ?? whatIsMissing(node);
  if (complaint) {
    report({ severity: "error", at: firstLine(complaint.node), message: complaint.message, ...suggested(complaint) });
    return [];
  }
  let refused = false;
  const object = jsonOf(node, (diagnostic) => {
    refused = true;
    report(diagnostic);
  });
  return refused ? [] : [{ object: object as unknown as KubeObject, at: firstLine(node) }];
}

interface Complaint {
  readonly node: Node;
  readonly message: string;
  readonly suggestion?: string;
}

function suggested({ suggestion }: Complaint): { suggestion?: string } {
  return suggestion === undefined ? {} : { suggestion };
}

/** A kustomization among the manifests, usually because a glob selects every file of its folder. */
function kustomizationIn(node: Node): Complaint | undefined {
  const version = textOf(child(node, "apiVersion"));
  const file = basename(node.source.file);
  const isNamed = kustomizationNames.some((name) => name === file) && version === undefined;
  if (!isNamed && !version?.startsWith("kustomize.config.k8s.io/")) return undefined;
  return {
    node,
    message: "this is a kustomization, which kustomize makes manifests of, and no manifest itself",
    suggestion: "name its folder in manifests.kustomize.paths, and only plain manifests in manifests.rawYaml",
  };
}

function whatIsMissing(node: Node): Complaint | undefined {
  if (node.kind !== "map") return { node, message: "a manifest has to be a map of fields, this is none" };
  for (const field of ["apiVersion", "kind"]) {
    const value = child(node, field);
    if (value === undefined)
      return {
        node,
        message: `this object has no ${field}`,
        ...(field === "apiVersion" && node.entries.has("services")
          ? { suggestion: "this looks like a Compose file, not like a Kubernetes manifest" }
          : {}),
      };
    if (textOf(value) === undefined) return { node: value, message: `${field} has to be a text` };
  }
  const metadata = child(node, "metadata");
  if (metadata !== undefined && metadata.kind !== "map") return { node: metadata, message: "metadata has to be a map" };
  const name = child(metadata, "name");
  if (name === undefined && child(metadata, "generateName") !== undefined)
    return {
      node: metadata ?? node,
      message: "an object with generateName cannot be applied",
      suggestion: "give it a name: each apply would make another object",
    };
  if (name === undefined) return { node: metadata ?? node, message: "this object has no metadata.name" };
  for (const field of ["name", "namespace"]) {
    const value = child(metadata, field);
    if (value !== undefined && textOf(value) === undefined)
      return {
        node: value,
        message: `metadata.${field} has to be a text`,
        suggestion: "put it in quotes",
      };
  }
  return undefined;
}

/** The text of a scalar that Kubernetes reads as a text. */
function textOf(node: Node | undefined): string | undefined {
  if (node?.kind !== "scalar") return undefined;
  if (node.quoted) return node.text;
  const read = plainScalar(node.text);
  return "value" in read && typeof read.value === "string" ? read.value : undefined;
}

function jsonOf(node: Node, report: Report): Json {
  if (node.kind === "list") return node.items.map((item) => jsonOf(item, report));
  if (node.kind === "map") {
    // Defined instead of assigned, because a field may be called `__proto__`.
    const fields = [...node.entries].map(([key, { node: value }]): [string, Json] => [key, jsonOf(value, report)]);
    return Object.fromEntries(fields) satisfies JsonRecord;
  }
  if (node.quoted) return node.text;
  const read = plainScalar(node.text);
  if ("value" in read) return read.value;
  report({
    severity: "error",
    at: placeOf(node),
    message: read.refused,
    suggestion: "put it in quotes to have a text",
  });
  return null;
}

/** The first line of the object, so that the caret run is short. */
function firstLine(node: Node): Place {
  const first = node.kind === "map" ? [...node.entries.values()][0] : undefined;
  return placeOf(first ?? node);
}
