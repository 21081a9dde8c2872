/**
 * The images that manifests may name, and which of them the command line gives, by the reference tool's rules:
 * artifacts of the project and other names in manifests; the file first, then the words; `--default-repo` applies; `-t`
 * alone, without a build, names an image for every artifact.
 */
import { checkTag } from "../../build/taggers/tagger.ts";
import { fullName, readReference } from "../../image/reference.ts";
import { underDefaultRepo } from "../../image/rewrite.ts";
import type { ArtifactWork } from "./artifact.ts";
import type { GivenImage } from "./given.ts";
import { givenImages } from "./given-images.ts";
import { requiredImages } from "./required.ts";

/** An image that manifests may name. */
export interface NamedImage {
  readonly image: string;
  /** Whether to report that no manifest names it: for images that are built here, or that the user typed. */
  readonly expected: boolean;
}

export interface GivenOnes<Artifact> {
  readonly images: readonly GivenImage[];
  /** Artifacts for which none is given. */
  readonly missing: readonly Artifact[];
  /** What manifests may name: artifacts, and given images that are none. */
  readonly named: readonly NamedImage[];
}

/** Settings of the command line. */
export interface GivenWords {
  /** `--build-artifacts` */
  readonly file: string | undefined;
  /** `--images` */
  readonly words: readonly string[];
  readonly defaultRepo: string | undefined;
  /** Given alone, it names the image of every artifact without one. */
  readonly tag: string | undefined;
}

type Artifact = Pick<ArtifactWork, "image" | "repository" | "requires">;

/** @throws Failure with every error of the file and the words at once */
export async function givenOf<Work extends Artifact>(
  { file: path, words: list, defaultRepo = "", tag }: GivenWords,
  artifacts: readonly Work[],
): Promise<GivenOnes<Work>> {
  const { words, file } = await givenImages(path, list);
  const nameOf = (name: string) => artifacts.find(({ image }) => isSame(image, name))?.image ?? name;
  const typed = new Set([...words.keys()].map(nameOf));
  const all = new Map(
    [...words, ...file].map(([name, reference]) => [nameOf(name), underDefaultRepo(defaultRepo, reference)] as const),
  );
  if (tag !== undefined)
    for (const { image, repository } of artifacts)
      if (!all.has(image)) all.set(image, `${repository}:${checkTag(tag, "--tag")}`);
  const others = [...all.keys()].filter((image) => artifacts.every((artifact) => artifact.image !== image));
  return {
    images: [...all].map(([image, reference]) => ({ image, reference })),
    missing: artifacts.filter(({ image }) => !all.has(image)),
    named: [...namesOf(artifacts), ...others.map((image) => ({ image, expected: typed.has(image) }))],
  };
}

/** Names of artifacts for manifests; an artifact that others require need not be named. */
export function namesOf(artifacts: readonly Pick<Artifact, "image" | "requires">[]): NamedImage[] {
  const required = requiredImages(artifacts);
  return artifacts.map(({ image }) => ({ image, expected: !required.has(image) }));
}

/** A Docker Hub name in short form equals its full form. */
function isSame(image: string, name: string): boolean {
  if (image === name) return true;
  const [one, other] = [readReference(image), readReference(name)];
  return typeof one !== "string" && typeof other !== "string" && fullName(one) === fullName(other);
}
