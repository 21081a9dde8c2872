/**
 * One-line changes that a mistake could be: a comparison turned round, a condition negated, a call or a guard left out,
 * a member of a list forgotten. Operators see a line whose texts and comments are blanked, and say what to cut and put.
 */
import { codeOnly } from "./code.ts";

export interface Mutant {
  /** Path from the root of the project. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly operator: string;
  /** The line before and after, without its indentation. */
  readonly before: string;
  readonly after: string;
  /** The whole text with the change. */
  readonly text: string;
}

/** The characters in `[from, to)` of the line make way for `put`. */
interface Edit {
  readonly from: number;
  readonly to: number;
  readonly put: string;
}

/** Gives its changes of a line; each is a list of edits in order that belong together. */
type Operator = (code: string) => readonly (readonly Edit[])[];

/** Everything that the pattern matches, replaced one at a time. */
function replacing(pattern: RegExp, put: (found: string) => string): Operator {
  return (code) =>
    [...code.matchAll(pattern)].map(({ 0: found, index }) => [
      { from: index, to: index + found.length, put: put(found) },
    ]);
}

/** Lines of this form, cut but for their indentation. */
function cutting(pattern: RegExp): Operator {
  return (code) => (pattern.test(code) ? [[{ from: code.search(/\S/), to: code.length, put: "" }]] : []);
}

const turned: Readonly<Record<string, string>> = {
  "===": "!==",
  "!==": "===",
  "<": "<=",
  "<=": "<",
  ">": ">=",
  ">=": ">",
  "&&": "||",
  "||": "&&",
  "+": "-",
  "-": "+",
  true: "false",
  false: "true",
  ".some(": ".every(",
  ".every(": ".some(",
};
const turn = (found: string) => turned[found] ?? found;

/** `if (...)`, where the condition ends in the same line. */
const negatedCondition: Operator = (code) => {
  const start = /^\s*(?:\} else )?(?:if|while) \(/.exec(code)?.[0].length;
  if (start === undefined) return [];
  const end = closing(code, start);
  if (end === undefined) return [];
  return [
    [
      { from: start, to: start, put: "!(" },
      { from: end, to: end, put: ")" },
    ],
  ];
};

/** The position of the parenthesis that closes the one before `start`. */
function closing(code: string, start: number): number | undefined {
  let depth = 1;
  for (let i = start; i < code.length; i++) {
    if (code[i] === "(") depth++;
    if (code[i] === ")" && --depth === 0) return i;
  }
  return undefined;
}

const operators: Readonly<Record<string, Operator>> = {
  comparison: replacing(/(?<= )(?:===|!==|<=|>=|<|>)(?= )/g, turn),
  "and, or": replacing(/(?<= )(?:&&|\|\|)(?= )/g, turn),
  "plus, minus": replacing(/(?<=[\w)\]] )[+-](?= [\w(])/g, turn),
  "true, false": replacing(/(?<=[=:?(,] |return |\()(?:true|false)\b/g, turn),
  "some, every": replacing(/\.(?:some|every)\(/g, turn),
  number: replacing(/(?<=[ ([])\d+(?=[;),\] ]|$)/g, (found) => String(Number(found) + 1)),
  "negation left out": replacing(/(?<=[ (])!(?=[\w(])/g, () => ""),
  "await left out": replacing(/(?<=^\s*(?:return )?)await (?!using)/g, () => ""),
  "order left out": replacing(/\.(?:sort|toSorted|reverse|toReversed)\(\)/g, () => ""),
  "condition negated": negatedCondition,
  "guard left out": cutting(/^\s*if \(.*\) (?:return\b[^;]*|continue|break|throw [^;]*);$/),
  "statement left out": cutting(/^\s*(?:await |void )?[\w.#?!]+(?:\[[^\]]*\])?\(.*\);$/),
  "assignment left out": cutting(/^\s*(?:this\.)?[\w.#]+ (?:=|\+=|-=|\?\?=) .*;$/),
  "member left out": cutting(/^\s*" *",$/),
  "entry left out": cutting(/^\s*\.\.\..*,$/),
};

/** Lines that decide nothing. */
const idle = /^\s*(?:import\b|export (?:type|interface)\b|interface\b|type\b|readonly \w+\??:|\/[/*]|\*|\})/;

/** Every mutant of a file, in the order of its lines. */
export function mutantsOf(file: string, source: string): readonly Mutant[] {
  const lines = source.split("\n");
  return codeOnly(source)
    .split("\n")
    .flatMap((code, index) => {
      const line = lines[index] ?? "";
      if (idle.test(line) && !/^\s*\} else if/.test(line)) return [];
      return Object.entries(operators).flatMap(([operator, changes]) =>
        changes(code).flatMap((edits): Mutant[] => {
          const changed = edited(line, edits);
          if (changed === line) return [];
          const text = lines.with(index, changed).join("\n");
          return [{ file, line: index + 1, operator, before: line.trim(), after: changed.trim(), text }];
        }),
      );
    });
}

function edited(line: string, edits: readonly Edit[]): string {
  return edits.reduceRight((text, { from, to, put }) => text.slice(0, from) + put + text.slice(to), line);
}
