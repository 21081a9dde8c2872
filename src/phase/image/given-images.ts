/**
 * Images that the user names instead of having them built: the JSON of `build --file-output` (`-a`, `-` for standard
 * input) and `NAME=REFERENCE` or `NAME:TAG` words (`-i`). An invalid reference is refused with its place.
 */

import type { Diagnostic } from "../../diag/diagnostic.ts";
import { Failure } from "../../diag/failure.ts";
import { readReference } from "../../image/reference.ts";
import { fileErrorWords } from "../../std/file-error.ts";

/** Image name -> its reference, by where it was given. */
export interface GivenImages {
  readonly words: ReadonlyMap<string, string>;
  readonly file: ReadonlyMap<string, string>;
}

export interface BuildFile {
  readonly builds: readonly { readonly imageName: string; readonly tag: string }[];
}

/**
 * @param file path of `-a`, `-` for standard input; undefined: none given
 * @throws Failure with every error at once
 */
export async function givenImages(file: string | undefined, words: readonly string[]): Promise<GivenImages> {
  const complaints: Diagnostic[] = [];
  const fromWords = readWords(words, complaints);
  const fromFile = file === undefined ? [] : await readFile(file, complaints);
  const [first, ...more] = complaints;
  if (first) throw new Failure(first, ...more);
  return { words: new Map(fromWords), file: new Map(fromFile) };
}

function readWords(words: readonly string[], complaints: Diagnostic[]): (readonly [string, string])[] {
  return words.map((word) => {
    const equals = word.indexOf("=");
    const reference = equals < 0 ? word : word.slice(equals + 1);
    const read = readReference(reference);
    if (typeof read === "string")
      complaints.push({ severity: "error", message: `--images: ${JSON.stringify(reference)}: ${read}` });
    else if (equals < 0 && read.tag === undefined && read.digest === undefined)
      complaints.push({
        severity: "error",
        message: `--images: ${JSON.stringify(word)} has neither tag nor digest`,
        suggestion: `write it as ${word}:TAG or NAME=REFERENCE`,
      });
    const name = equals < 0 && typeof read !== "string" ? read.written : word.slice(0, equals);
    return [name, reference] as const;
  });
}

async function readFile(file: string, complaints: Diagnostic[]): Promise<(readonly [string, string])[]> {
  const from = file === "-" ? "standard input" : file;
  const text = await (file === "-" ? Bun.stdin.text() : Bun.file(file).text()).catch((cause: unknown) => {
    throw new Failure(`--build-artifacts: cannot read ${from}: ${fileErrorWords(cause)}`);
  });
  const read = parse(text);
  if (read === undefined) {
    complaints.push({
      severity: "error",
      message: `--build-artifacts: ${from} is not the JSON of a build: {"builds":[{"imageName":...,"tag":...}]}`,
      suggestion: "write it with `devloop build --file-output FILE`",
    });
    return [];
  }
  return read.builds.map(({ imageName, tag }) => {
    const wrong = readReference(tag);
    if (typeof wrong === "string")
      complaints.push({ severity: "error", message: `--build-artifacts: ${from}: the tag of ${imageName}: ${wrong}` });
    return [imageName, tag] as const;
  });
}

function parse(text: string): BuildFile | undefined {
  try {
    const { builds } = JSON.parse(text) as Partial<BuildFile>;
    const ok =
      Array.isArray(builds) && builds.every((b) => typeof b?.imageName === "string" && typeof b?.tag === "string");
    return ok ? { builds: builds as BuildFile["builds"] } : undefined;
  } catch {
    return undefined;
  }
}
