/**
 * Flags as data, and their values from a command line and the environment, with pflag's rules: `--name=value`,
 * `--name value`, `-n value`, `-nvalue`, lists by comma or repetition, booleans bare or as `--name=false` (never
 * `--name false`), optional values only behind `=`. A flag's value may begin with a dash (`-p -name`).
 *
 * Own code on the runtime's argument tokens: the command-line libraries at hand let a boolean eat the next word and
 * refuse `--bool=false`, which scripts of the reference tool's users rely on.
 */
import { parseArgs } from "node:util";
import { closest } from "../std/text/edit-distance.ts";

export type FlagType = "bool" | "tristate" | "string" | "int" | "list" | "optional";

export interface Flag {
  readonly name: string;
  readonly short?: string;
  readonly type: FlagType;
  /** As text, in the form for a command line; for help and for a missing flag. */
  readonly default?: string;
  /** The value of a bare `--name` of an `optional` flag. */
  readonly bare?: string;
  readonly help: string;
  /** The value's name in help: `--filename FILE`. */
  readonly value?: string;
  readonly choices?: readonly string[];
  readonly hidden?: boolean;
}

export type FlagValue = boolean | string | number | readonly string[];

/** Values by flag name. A flag that was not given and has no default is absent. */
export class FlagValues {
  readonly #values: ReadonlyMap<string, FlagValue>;
  readonly #given: ReadonlySet<string>;

  constructor(values: ReadonlyMap<string, FlagValue>, given: ReadonlySet<string>) {
    this.#values = values;
    this.#given = given;
  }

  /** Whether the user set the flag, on the command line or in the environment. */
  given(name: string): boolean {
    return this.#given.has(name);
  }

  bool(name: string): boolean {
    return this.#values.get(name) === true;
  }

  /** Undefined when neither given nor defaulted: for flags with three states. */
  tristate(name: string): boolean | undefined {
    const value = this.#values.get(name);
    return typeof value === "boolean" ? value : undefined;
  }

  text(name: string): string | undefined {
    const value = this.#values.get(name);
    return typeof value === "string" ? value : undefined;
  }

  int(name: string): number | undefined {
    const value = this.#values.get(name);
    return typeof value === "number" ? value : undefined;
  }

  list(name: string): readonly string[] {
    const value = this.#values.get(name);
    return Array.isArray(value) ? value : [];
  }
}

export interface Parsed {
  readonly flags: FlagValues;
  readonly args: readonly string[];
}

/** One error of the command line: exit code 127. */
export interface UsageError {
  readonly usage: string;
  readonly suggestion?: string;
}

/**
 * Parses `argv` (without program and command name) with the flags of one command.
 * @param env `DEVLOOP_<FLAG>` and `SKAFFOLD_<FLAG>` give values that the command line overrides; the former wins
 */
export function parseFlags(
  argv: readonly string[],
  table: readonly Flag[],
  env: Readonly<Record<string, string | undefined>>,
): Parsed | UsageError {
  const byName = new Map(table.map((flag) => [flag.name, flag]));
  const raw = new Map<string, string[]>();
  for (const flag of table) {
    const value = fromEnvironment(flag, env);
    if (value !== undefined) raw.set(flag.name, [value]);
  }
  const options = Object.fromEntries(
    table.map((flag) => [
      flag.name,
      {
        type: takesNextWord(flag) ? ("string" as const) : ("boolean" as const),
        multiple: true,
        ...(flag.short ? { short: flag.short } : {}),
      },
    ]),
  );
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true });
  const args: string[] = [];
  const fromLine = new Set<string>();
  for (const token of tokens) {
    if (token.kind === "positional") args.push(token.value);
    if (token.kind !== "option") continue;
    const flag = byName.get(token.name);
    if (!flag) return unknownFlag(token.rawName, token.name, table);
    const inline = token.value?.startsWith("=") && token.rawName.length === 2 ? token.value.slice(1) : token.value;
    if (takesNextWord(flag) && inline === undefined) return { usage: `flag needs an argument: ${token.rawName}` };
    const value = inline ?? flag.bare ?? "true";
    if (!fromLine.has(flag.name)) raw.delete(flag.name);
    fromLine.add(flag.name);
    raw.set(flag.name, [...(raw.get(flag.name) ?? []), value]);
  }
  return convert(table, raw, args);
}

function takesNextWord(flag: Flag): boolean {
  return flag.type === "string" || flag.type === "int" || flag.type === "list";
}

function fromEnvironment(flag: Flag, env: Readonly<Record<string, string | undefined>>): string | undefined {
  const suffix = flag.name.toUpperCase().replaceAll("-", "_");
  const old = flag.name === "namespace" ? env.SKAFFOLD_DEPLOY_NAMESPACE : undefined;
  return env[`DEVLOOP_${suffix}`] ?? env[`SKAFFOLD_${suffix}`] ?? old;
}

function unknownFlag(raw: string, name: string, table: readonly Flag[]): UsageError {
  const near = closest(
    name,
    table.filter((flag) => !flag.hidden).map((flag) => flag.name),
  );
  const usage = raw.startsWith("--") ? `unknown flag: ${raw}` : `unknown shorthand flag: ${raw}`;
  return near && raw.startsWith("--") ? { usage, suggestion: `did you mean --${near}?` } : { usage };
}

function convert(
  table: readonly Flag[],
  raw: ReadonlyMap<string, readonly string[]>,
  args: readonly string[],
): Parsed | UsageError {
  const values = new Map<string, FlagValue>();
  for (const flag of table) {
    const texts = raw.get(flag.name) ?? (flag.default === undefined ? undefined : [flag.default]);
    if (!texts) continue;
    const value = convertOne(flag, texts);
    if (typeof value === "object" && "usage" in value) return value;
    values.set(flag.name, value);
  }
  return { flags: new FlagValues(values, new Set(raw.keys())), args };
}

function convertOne(flag: Flag, texts: readonly string[]): FlagValue | UsageError {
  const last = texts.at(-1) ?? "";
  const wrong = (what: string): UsageError => ({
    usage: `invalid argument ${JSON.stringify(last)} for "--${flag.name}": ${what}`,
  });
  switch (flag.type) {
    case "bool":
    case "tristate": {
      const value = parseBool(last);
      return value ?? wrong("want true or false");
    }
    case "int":
      return /^[+-]?\d+$/.test(last) ? Number(last) : wrong("want a whole number");
    case "list":
      return texts.flatMap(splitList);
    default: {
      const { choices } = flag;
      // A flag whose value is optional may have several values.
      const words = flag.type === "optional" ? last.split(",").filter((word) => word !== "") : [last];
      const wrongWord = choices && words.find((word) => !choices.includes(word));
      if (choices && wrongWord !== undefined) {
        const near = closest(wrongWord, choices);
        return {
          ...wrong(`want one of ${choices.join(", ")}`),
          ...(near && { suggestion: `did you mean ${near}?` }),
        };
      }
      return last;
    }
  }
}

/** Go's own spellings of a boolean. */
function parseBool(text: string): boolean | undefined {
  if (/^(1|t|T|true|TRUE|True)$/.test(text)) return true;
  if (/^(0|f|F|false|FALSE|False)$/.test(text)) return false;
  return undefined;
}

/** The first line of CSV, as pflag reads a list: `a,"b,c"` is two items. An empty text is no item. */
export function splitList(given: string): string[] {
  const text = given
    .replace(/^(\r?\n)+/, "")
    .replaceAll("\r\n", "\n")
    .replace(/\r$/, "");
  if (text === "") return [];
  const items: string[] = [];
  let item = "";
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i] as string;
    if (quoted) {
      if (c !== '"') item += c;
      else if (text[i + 1] === '"') item += text[++i];
      else quoted = false;
    } else if (c === "\n") break;
    else if (c === '"' && item === "") quoted = true;
    else if (c === ",") {
      items.push(item);
      item = "";
    } else item += c;
  }
  return [...items, item];
}
