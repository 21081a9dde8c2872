/** Edits from a JSON file: additional dependencies of a config, and the manifests of jobs. */

import { readFile } from "node:fs/promises";
import type { Document } from "yaml";
import { Failure } from "../diag/failure.ts";
import { canonical, isJsonRecord, type Json, type JsonRecord } from "../std/data/json.ts";
import { fileErrorWords } from "../std/file-error.ts";
import { appendAt, type Edit, lengthAt, setAt } from "./edit.ts";

/** @throws Failure where the file is no JSON object */
export async function readJson(file: string): Promise<JsonRecord> {
  let value: Json;
  try {
    value = JSON.parse(await readFile(file, "utf8")) as Json;
  } catch (cause) {
    throw new Failure(`cannot read ${file}: ${fileErrorWords(cause)}`);
  }
  if (!isJsonRecord(value)) throw new Failure(`${file} is no JSON object`);
  return value;
}

/** Adds `{"dependencies": [...]}` to `requires`. An existing item is not added again. */
export function addDependencies({ dependencies }: JsonRecord): Edit {
  if (!Array.isArray(dependencies)) throw new Failure('expected {"dependencies": [...]}');
  return (document) => {
    for (const dependency of dependencies as readonly Json[])
      if (!isRequired(document, dependency)) appendAt(document, ["requires"], dependency);
  };
}

function isRequired(document: Document, dependency: Json): boolean {
  const { requires } = document.toJS() as { requires?: Json };
  return Array.isArray(requires) && requires.some((each: Json) => canonical(each) === canonical(dependency));
}

/**
 * Sets the paths in the form that `jobManifestPaths list` prints. Names that the document does not have are ignored.
 */
export function setJobManifests(paths: JsonRecord): Edit {
  const sections = [
    ["verify", paths.verifyJobManifestPaths],
    ["customActions", paths.customActionJobManifestPaths],
  ] as const;
  return (document) => {
    for (const [section, wanted] of sections) {
      if (!isJsonRecord(wanted)) continue;
      for (let i = 0; i < lengthAt(document, [section]); i++) {
        const path = wanted[String(document.getIn([section, i, "name"]))];
        if (path !== undefined)
          setAt(document, [section, i, "executionMode", "kubernetesCluster", "jobManifestPath"], path);
      }
    }
  };
}
