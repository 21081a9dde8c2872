/**
 * Build args: BuildKit's own, the user's, and those that devloop offers. An offered arg is passed only to a Dockerfile
 * whose text declares it; the plan cannot decide that, because it may depend on the value.
 */
import type { JsonRecord } from "../../../std/data/json.ts";
import { Unreadable } from "../context/unreadable.ts";
import type { DockerSpec } from "../spec.ts";
import { readInstructions } from "./instructions.ts";
import { assignments } from "./words.ts";

/** The global args of every Dockerfile for one platform. */
export function platformArgs(platform: string, buildPlatform: string, target: string): Record<string, string> {
  return { ...described("TARGET", platform), ...described("BUILD", buildPlatform), TARGETSTAGE: target || "default" };
}

/**
 * Args that have an effect although no stage declares them. Proxy args are left out, because they never enter a cache
 * key.
 */
export function steersBuild(name: string): boolean {
  return name.startsWith("BUILDKIT_") || name === "SOURCE_DATE_EPOCH";
}

/** Replaces, in a plan, the unknown value of an arg that will be set. No Dockerfile can contain this text. */
const unknown = "\0";

/** Whether a word of a plan contains no arg with an unknown value. */
export function isKnown(word: string): boolean {
  return !word.includes(unknown);
}

/** The user's args: one without a value takes it from the environment, and is unset where that has none. */
export function givenArgs(buildArgs: DockerSpec["buildArgs"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(buildArgs).flatMap(([name, value]) => {
      const given = value ?? process.env[name];
      return given === undefined ? [] : [[name, given]];
    }),
  );
}

/** All values for a plan. */
export function plannedArgs({ buildArgs, offered = {} }: DockerSpec): Record<string, string> {
  const later = Object.entries(offered).map(([name, value]) => [name, value ?? unknown + name + unknown] as const);
  return { ...Object.fromEntries(later), ...givenArgs(buildArgs) };
}

/** Values for a key, for the names in `counted`; an unknown value is replaced by its name. */
export function keyedArgs(
  { buildArgs, offered = {} }: DockerSpec,
  counted: (name: string) => boolean,
  seal: (value: string) => string,
): JsonRecord {
  const later = Object.entries(offered).map(([name, value]) => [name, value ?? `{{requires.${name}}}`] as const);
  const all = { ...Object.fromEntries(later), ...givenArgs(buildArgs) };
  const entries = Object.entries(all).filter(([name]) => counted(name));
  return Object.fromEntries(entries.map(([name, value]) => [name, seal(value)]));
}

/**
 * The args for the client and a Dockerfile with this text; null takes the value from the client's environment.
 * @throws Error for an offered arg that is declared and has no value yet: a programmer's error
 */
export function argsToPass({ buildArgs, offered = {} }: DockerSpec, dockerfile: string): Record<string, string | null> {
  const declared = declaredArgs(dockerfile);
  const passed = Object.entries(offered).filter(([name]) => declared.has(name) && !(name in buildArgs));
  for (const [name, value] of passed) if (value === null) throw new Error(`${name} is to be passed before it is known`);
  return { ...Object.fromEntries(passed), ...buildArgs };
}

/**
 * Names of all args that a Dockerfile declares, in any stage. A Dockerfile that cannot be understood is searched line
 * by line.
 */
export function declaredArgs(text: string): ReadonlySet<string> {
  try {
    const { instructions, escapeChar } = readInstructions(text);
    const args = instructions.filter(({ name }) => name === "ARG");
    return new Set(args.flatMap(({ rest }) => assignments(rest, escapeChar, false).map(({ name }) => name)));
  } catch (thrown) {
    if (!(thrown instanceof Unreadable)) throw thrown;
    const lines = [...text.matchAll(/^[ \t]*ARG[ \t]+(.+)$/gim)];
    return new Set(lines.flatMap(([, rest = ""]) => assignments(rest, "\\", false).map(({ name }) => name)));
  }
}

function described(prefix: string, platform: string): Record<string, string> {
  const [os = "", arch = "", variant = ""] = platform.split("/");
  return {
    [`${prefix}PLATFORM`]: platform,
    [`${prefix}OS`]: os,
    [`${prefix}ARCH`]: arch,
    [`${prefix}VARIANT`]: variant,
  };
}
