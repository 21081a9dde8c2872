/**
 * The versions of skaffold.yaml, their order, and the message for an unknown version. A near miss is only suggested,
 * never assumed.
 */
import { closest } from "../../std/text/edit-distance.ts";

/** For example `v1`, `v2beta29`: the part behind `skaffold/` of an apiVersion in the table below. */
export type Version = string & { readonly __brand: "version" };

const prefix = "skaffold/";
const shape = /^v([1-9])(?:(alpha|beta)([1-9]\d?))?$/;

/** Oldest first. Each series is complete; `v2` and a `v4` without a suffix never existed. */
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

/** Whether a text, given without prefix, is a version of the table. */
function isVersion(text: string): text is Version {
  return positions.has(text);
}

/** The version as a file writes it. */
export function apiVersion(version: Version): string {
  return prefix + version;
}

/** The version of an apiVersion, or of `fix --version`, where the prefix is optional. */
export function versionOf(text: string): Version | undefined {
  const bare = text.startsWith(prefix) ? text.slice(prefix.length) : text;
  return isVersion(bare) ? bare : undefined;
}

/** Negative where `a` is older. */
export function compareVersions(a: Version, b: Version): number {
  return positionOf(a) - positionOf(b);
}

/** The index of a version in the table, from 0. */
export function positionOf(version: Version): number {
  return positions.get(version) as number;
}

/** The message and the suggestion for an apiVersion that is not in the table. */
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

/** Whether the text is well-formed and beyond the end of the table. */
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

/**
 * The last version of the series that the text belongs to, whatever is spelt similarly: for `v2beta30` the end of
 * v2beta, for `v2` the last release that reads it.
 */
function sameSeries(text: string): Version | undefined {
  const [, major, stage, number] = shape.exec(text) ?? [];
  if (major === undefined) return undefined;
  const start = stage === undefined || number === undefined ? `v${major}` : `v${major}${stage}`;
  return versions.findLast((version) => version.startsWith(start));
}
