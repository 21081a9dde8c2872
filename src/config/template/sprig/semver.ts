/**
 * sprig's `semver` and `semverCompare`: versions parsed leniently (`v1.2`), and constraints such as `~1.2`, `^1`, `1.0
 * - 2.0`.
 */
import { FunctionError, type GoObject, isObject, type TemplateFunction, type Value } from "../value.ts";
import { fixed, text } from "./arguments.ts";

export const semver: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ["semver", fixed(1, (version) => readVersion(text(version)))],
  ["semverCompare", fixed(2, (constraint, version) => satisfies(text(constraint), text(version)))],
]);

class Version implements GoObject {
  readonly goType = "*semver.Version";
  readonly numbers: readonly [bigint, bigint, bigint];
  readonly prerelease: string;
  readonly metadata: string;
  readonly original: string;

  constructor(numbers: readonly [bigint, bigint, bigint], prerelease: string, metadata: string, original: string) {
    this.numbers = numbers;
    this.prerelease = prerelease;
    this.metadata = metadata;
    this.original = original;
  }

  toString(): string {
    const meta = this.metadata === "" ? "" : `+${this.metadata}`;
    return `${this.numbers.join(".")}${this.prerelease === "" ? "" : `-${this.prerelease}`}${meta}`;
  }

  method(name: string, args: readonly Value[]): Value {
    const index = ["Major", "Minor", "Patch"].indexOf(name);
    if (index >= 0) return this.numbers[index];
    if (name === "Prerelease") return this.prerelease;
    if (name === "Metadata") return this.metadata;
    if (name === "Original") return this.original;
    if (name === "String") return this.toString();
    const [other] = args;
    if (!isObject(other) || !(other instanceof Version)) throw new FunctionError(`${name} needs another version`);
    const order = compare(this, other);
    if (name === "Compare") return BigInt(order);
    if (name === "LessThan") return order < 0;
    if (name === "GreaterThan") return order > 0;
    if (name === "Equal") return order === 0;
    throw new FunctionError(`a version has no ${name}`);
  }
}

const identifiers = "[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*";
const suffixes = `(?:-(${identifiers}))?(?:\\+(${identifiers}))?`;
const looseVersion = new RegExp(`^v?(\\d+)(?:\\.(\\d+))?(?:\\.(\\d+))?${suffixes}$`);

function readVersion(version: string): Version {
  const match = looseVersion.exec(version);
  const [, major = "", minor, patch, prerelease = "", metadata = ""] = match ?? [];
  if (!match) throw new FunctionError("invalid semantic version");
  if (prerelease.split(".").some((part) => /^0\d+$/.test(part)))
    throw new FunctionError("version segment starts with 0");
  return new Version([BigInt(major), BigInt(minor ?? 0), BigInt(patch ?? 0)], prerelease, metadata, version);
}

function compare(a: Version, b: Version): number {
  for (const [i, number] of a.numbers.entries()) {
    const other = b.numbers[i] ?? 0n;
    if (number !== other) return number < other ? -1 : 1;
  }
  return comparePrerelease(a.prerelease, b.prerelease);
}

/** A version without a prerelease is newer than any prerelease; numbers are older than words. */
function comparePrerelease(a: string, b: string): number {
  if (a === b) return 0;
  if (a === "" || b === "") return a === "" ? 1 : -1;
  const [left, right] = [a.split("."), b.split(".")];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const [x, y] = [left[i], right[i]];
    if (x === undefined || y === undefined) return x === undefined ? -1 : 1;
    if (x === y) continue;
    const [xIsNumber, yIsNumber] = [/^\d+$/.test(x), /^\d+$/.test(y)];
    if (xIsNumber && yIsNumber) return BigInt(x) < BigInt(y) ? -1 : 1;
    if (xIsNumber !== yIsNumber) return xIsNumber ? -1 : 1;
    return x < y ? -1 : 1;
  }
  return 0;
}

interface Constraint {
  readonly operator: string;
  readonly version: Version;
  /** The parts that the constraint leaves open: `1` leaves the minor number open, `1.2` the patch number. */
  readonly open: "none" | "all" | "minor" | "patch";
}

const wild = "(\\d+|[xX*])";
const operator = "(=||!=|>|<|>=|=>|<=|=<|~|~>|\\^)";
const oneConstraint = new RegExp(`^${operator}\\s*v?${wild}(?:\\.${wild})?(?:\\.${wild})?${suffixes}$`);

function satisfies(constraint: string, version: string): boolean {
  const alternatives = constraint.split("||").map(readAll);
  const given = readVersion(version);
  return alternatives.some((all) => all.every((one) => allows(one, given)));
}

function readAll(text: string): Constraint[] {
  const ranged = text.replace(
    /(^|[\s,])([^\s,]+)\s+-\s+([^\s,]+)/g,
    (_m, lead: string, from: string, to: string) => `${lead}>=${from} <=${to}`,
  );
  const words = ranged
    .replace(/([=!<>~^])\s+/g, "$1")
    .split(/[\s,]+/)
    .filter((word) => word !== "");
  if (words.length === 0) throw new FunctionError(`improper constraint: ${text}`);
  return words.map((word) => readOne(word, text));
}

function readOne(word: string, whole: string): Constraint {
  const match = oneConstraint.exec(word);
  if (!match) throw new FunctionError(`improper constraint: ${whole.trim()}`);
  const [, sign = "", major = "", minor, patch, prerelease = "", metadata = ""] = match;
  const isOpen = (part: string | undefined) => part === undefined || /^[xX*]$/.test(part);
  const open = isOpen(major) ? "all" : isOpen(minor) ? "minor" : isOpen(patch) ? "patch" : "none";
  const number = (part: string | undefined) => (isOpen(part) ? 0n : BigInt(part ?? 0));
  const numbers = [
    number(major),
    open === "all" ? 0n : number(minor),
    open === "all" || open === "minor" ? 0n : number(patch),
  ] as const;
  return { operator: sign, open, version: new Version(numbers, prerelease, metadata, word) };
}

function allows(constraint: Constraint, given: Version): boolean {
  const { operator, version, open } = constraint;
  // A prerelease satisfies only a constraint that names a prerelease itself.
  const exactNot = operator === "!=" && open === "none";
  if (!exactNot && given.prerelease !== "" && version.prerelease === "") return false;
  const order = compare(given, version);
  const [major, minor, patch] = given.numbers;
  const [wantMajor, wantMinor] = version.numbers;
  switch (operator) {
    case "!=":
      if (open === "none" || open === "all" || major !== wantMajor) return order !== 0;
      if (open === "minor") return false;
      return minor !== wantMinor || given.prerelease !== version.prerelease;
    case ">":
      if (open === "none" || major !== wantMajor) return order > 0;
      return open === "patch" && minor > wantMinor;
    case "<":
      return order < 0;
    case ">=":
    case "=>":
      return order >= 0;
    case "<=":
    case "=<":
      if (open === "none") return order <= 0;
      return major < wantMajor || (major === wantMajor && (minor <= wantMinor || open === "minor"));
    case "^":
      if (order < 0) return false;
      if (wantMajor > 0n || open === "minor") return major === wantMajor;
      if (major > 0n) return false;
      if (wantMinor > 0n || open === "patch") return minor === wantMinor;
      return minor === 0n && patch === version.numbers[2];
    case "~":
    case "~>":
      return tilde(constraint, given, order);
    default:
      return open === "none" ? order === 0 : tilde(constraint, given, order);
  }
}

function tilde({ version, open }: Constraint, given: Version, order: number): boolean {
  if (order < 0) return false;
  const anything = version.numbers.every((number) => number === 0n) && open !== "minor" && open !== "patch";
  if (anything) return true;
  return given.numbers[0] === version.numbers[0] && (given.numbers[1] === version.numbers[1] || open === "minor");
}
