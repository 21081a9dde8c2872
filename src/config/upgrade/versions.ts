/**
 * The versions of skaffold.yaml: which there are, in which order, and what to say about a text that is none of them.
 * A version is known or it is not: nothing is guessed, a near miss is only suggested.
 */
import { closest } from "../../std/text/edit-distance.ts";

/** `v1`, `v2beta29`: what follows `skaffold/` in an apiVersion that is in the table below. */
export type Version = string & { readonly __brand: "version" };

const prefix = "skaffold/";
const shape = /^v([1-9])(?:(alpha|beta)([1-9]\d?))?$/;

/** Oldest first. Series have no gaps; there never was a v2, nor a v4 without a suffix. */
export const versions: readonly Version[] = [
  ...series("v1alpha", 5),
  ...series("v1beta", 17),
  "v1" as Version,
  ...series("v2alpha", 4),
  ...series("v2beta", 29),
  "v3alpha1" as Version,
  "v3" as Version,
  ...series("v4beta", 14),
];

export const newest = versions.at(-1) as Version;

const positions = new Map<string, number>(versions.map((version, index) => [version, index]));

function series(name: string, last: number): Version[] {
  return Array.from({ length: last }, (_, i) => `${name}${i + 1}` as Version);
}

/** Whether a string is a version of the table; the prefix is not part of it. */
function isVersion(text: string): text is Version {
  return positions.has(text);
}

/** As it is written in a file. */
export function apiVersion(version: Version): string {
  return prefix + version;
}

/** The version of an apiVersion, or of `fix --version`, which may leave the prefix out. */
export function versionOf(text: string): Version | undefined {
  const bare = text.startsWith(prefix) ? text.slice(prefix.length) : text;
  return isVersion(bare) ? bare : undefined;
}

/** Negative where `a` is older. */
export function compareVersions(a: Version, b: Version): number {
  return positionOf(a) - positionOf(b);
}

/** The place of a version in the table, from 0. */
export function positionOf(version: Version): number {
  return positions.get(version) as number;
}

/** What is wrong with an apiVersion that is not in the table, and what to do about it. */
export function unknownVersion(text: string): { readonly message: string; readonly suggestion: string } {
  const bare = text.startsWith(prefix) ? text.slice(prefix.length) : text;
  if (isNewer(bare))
    return {
      message: `${text} is newer than any version that this devloop knows`,
      suggestion: `the newest one here is ${apiVersion(newest)}: update devloop, or use that version`,
    };
  if (text === bare && isVersion(bare))
    return { message: `${text} is no apiVersion`, suggestion: `did you mean ${apiVersion(bare)}?` };
  const near = nearest(bare);
  const message = text === "" ? "apiVersion is empty" : `${JSON.stringify(text)} is not a version of skaffold.yaml`;
  return { message, suggestion: near ? `did you mean ${near}?` : `the newest one is ${apiVersion(newest)}` };
}

/** Well-formed, and beyond the end of the table. */
function isNewer(text: string): boolean {
  const [, major = "", stage, number = ""] = shape.exec(text) ?? [];
  const [, newestMajor = "", , newestNumber = ""] = shape.exec(newest) ?? [];
  if (major !== newestMajor) return Number(major) > Number(newestMajor);
  return stage === undefined || (stage === "beta" && Number(number) > Number(newestNumber));
}

function nearest(text: string): string | undefined {
  const last = text.slice(text.lastIndexOf("/") + 1).toLowerCase();
  const near = isVersion(last) ? last : (sameSeries(last) ?? closest(last, [...versions].reverse()));
  return near && apiVersion(near as Version);
}

/** `v2beta30` means the end of that series, however near another one is spelt; `v2` the last release that reads it. */
function sameSeries(text: string): Version | undefined {
  const [, major, stage, number] = shape.exec(text) ?? [];
  if (major === undefined) return undefined;
  const start = stage === undefined || number === undefined ? `v${major}` : `v${major}${stage}`;
  return versions.findLast((version) => version.startsWith(start));
}
