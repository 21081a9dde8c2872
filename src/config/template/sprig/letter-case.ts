/** sprig's changes of letter case, with sprig's own rules for where a word begins. */
import type { TemplateFunction } from "../value.ts";
import { fixed, text } from "./arguments.ts";
import { initials, isBlank, isUpper, lower, lowerRune, upper, upperRune } from "./runes.ts";

const onText = (change: (value: string) => string) => fixed(1, (s) => change(text(s)));

export const letterCase: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ["upper", onText(upper)],
  ["lower", onText(lower)],
  ["title", onText(title)],
  ["untitle", onText(untitle)],
  ["swapcase", onText(swapCase)],
  ["initials", onText(initials)],
  ["snakecase", onText((s) => connected(s, "_"))],
  ["kebabcase", onText((s) => connected(s, "-"))],
  ["camelcase", onText(camelCase)],
]);

/** A word begins after any character but letters, digits and `_`; beyond ASCII, only after a blank. */
function title(value: string): string {
  return withPrevious(value, (c, previous) => {
    const separates = previous <= "\x7f" ? !/^\w$/.test(previous) : isBlank(previous);
    return separates ? upperRune(c) : c;
  });
}

function untitle(value: string): string {
  return withPrevious(value, (c, previous) => (isBlank(previous) ? lowerRune(c) : c));
}

function swapCase(value: string): string {
  return [...value]
    .map((c) => (/^[\p{Lu}\p{Lt}]$/u.test(c) ? lowerRune(c) : /^\p{Ll}$/u.test(c) ? upperRune(c) : c))
    .join("");
}

function withPrevious(value: string, change: (c: string, previous: string) => string): string {
  let previous = " ";
  let out = "";
  for (const c of value) {
    out += change(c, previous);
    previous = c;
  }
  return out;
}

function isConnector(c: string): boolean {
  return c === "-" || c === "_" || isBlank(c);
}

/**
 * Removes connectors and makes the letter after each upper case; in a run of upper-case letters, all but the first
 * become lower case.
 */
function camelCase(value: string): string {
  const runes = [...value];
  const start = runes.findIndex((c) => !isConnector(c));
  if (start < 0) return value;
  let out = runes.slice(0, start).join("");
  let held = upperRune(runes[start] ?? "");
  let inUpperRun = isUpper(runes[start] ?? "");
  for (const c of runes.slice(start + 1)) {
    if (!isConnector(held)) {
      out += held;
      if (inUpperRun && !isUpper(c)) inUpperRun = false;
      held = inUpperRun ? lowerRune(c) : c;
    } else if (isConnector(c)) {
      // Of several connectors in a row only the last one is removed.
      out += held;
      held = c;
    } else {
      inUpperRun = isUpper(c);
      held = upperRune(c);
    }
  }
  return out + held;
}

type WordKind = "connector" | "punctuation" | "upper" | "letters" | "number" | "other";

interface Word {
  readonly kind: WordKind;
  readonly text: string;
}

/** Letters of scripts without blanks between words do not count as letters here. */
const letter = "(?![\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Hangul}])[\\p{L}--\\p{Lu}]";
const wordKinds: readonly (readonly [WordKind, RegExp])[] = [
  ["connector", /(?:[-_\t-\r \u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000])+/y],
  ["punctuation", /\p{P}+/uy],
  ["upper", new RegExp(`\\p{Lu}+(?=\\p{Lu}${letter})|\\p{Lu}{2,}|\\p{Lu}(?:${letter})*`, "vy")],
  ["letters", new RegExp(`(?:${letter})+`, "vy")],
  ["number", /\p{N}+/uy],
  ["other", new RegExp(`(?:(?![\\-_\\p{White_Space}\\p{P}\\p{N}\\p{Lu}]|${letter}).)+`, "svy")],
];

function wordsOf(value: string): Word[] {
  const words: Word[] = [];
  for (let at = 0; at < value.length; ) {
    const word = wordAt(value, at);
    at += word.text.length;
    words.push(word);
  }
  return words;
}

function wordAt(value: string, at: number): Word {
  for (const [kind, pattern] of wordKinds) {
    pattern.lastIndex = at;
    const found = pattern.exec(value)?.[0];
    if (found) return { kind, text: found };
  }
  return { kind: "other", text: value.charAt(at) };
}

/** Words in lower case with a connector between them. A number belongs to the word before it, unless letters follow. */
function connected(value: string, connector: string): string {
  const words = wordsOf(value);
  let out = "";
  let i = 0;
  const put = (word: Word | undefined) => {
    if (word?.kind === "connector") out += connector.repeat([...word.text].length);
    else if (word) out += word.kind === "upper" ? lower(word.text) : word.text;
  };
  const joins = () => words[i] !== undefined && words[i]?.kind !== "connector" && words[i]?.kind !== "punctuation";
  const putRun = () => {
    while (words[i]?.kind === "letters" || words[i]?.kind === "number") put(words[i++]);
  };
  while (i < words.length) {
    const word = words[i++];
    put(word);
    if (word === undefined || word.kind === "connector" || word.kind === "punctuation") continue;
    if (word.kind === "number") putRun();
    else if (words[i]?.kind === "number" && i + 1 < words.length) {
      const number = words[i++];
      if (words[i]?.kind === "letters") out += connector;
      put(number);
      putRun();
    } else if (words[i]?.kind === "number") continue;
    if (joins()) out += connector;
  }
  return out;
}
