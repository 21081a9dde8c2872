/** Splits an instruction's arguments into words, by BuildKit's rules: flags, JSON lists, lists, assignments. */

/** Leading `--flag` words (quotes removed) and the text behind them. A lone `--` ends the flags. */
export function splitFlags(text: string, escapeChar: string): { flags: readonly string[]; rest: string } {
  const flags: string[] = [];
  let rest = text.trimStart();
  while (rest.startsWith("--")) {
    const raw = firstQuoted(rest, escapeChar);
    rest = rest.slice(raw.length).trimStart();
    if (raw === "--") break;
    flags.push(unquote(raw, escapeChar));
  }
  return { flags, rest };
}

/** All values of `--name=value`, in order; a flag without a value counts as `true`. */
export function flagValues(flags: readonly string[], name: string): string[] {
  return flags.flatMap((flag) => {
    if (flag === `--${name}`) return ["true"];
    return flag.startsWith(`--${name}=`) ? [flag.slice(name.length + 3)] : [];
  });
}

export function isSet(flags: readonly string[], name: string): boolean {
  const last = flagValues(flags, name).at(-1);
  return last !== undefined && last !== "false" && last !== "0";
}

/** The items of a JSON list, else words between blanks. Quotes have no effect in the second form. */
export function listOf(rest: string): readonly string[] {
  if (rest.startsWith("[")) {
    try {
      const parsed: unknown = JSON.parse(rest);
      if (Array.isArray(parsed) && parsed.every((word) => typeof word === "string")) return parsed;
    } catch {
      // Not JSON: BuildKit reads it as words, too.
    }
  }
  return rest.split(/\s+/).filter((word) => word !== "");
}

/** Words between blanks that are not quoted. Quotes and escapes stay in the words. */
export function splitQuoted(text: string, escapeChar: string): string[] {
  const words: string[] = [];
  let rest = text.trimStart();
  while (rest !== "") {
    const word = firstQuoted(rest, escapeChar);
    words.push(word);
    rest = rest.slice(word.length).trimStart();
  }
  return words;
}

/** `NAME=value NAME2="a b"`, values still quoted; with `legacy`, also `NAME the rest of the line`. */
export function assignments(
  rest: string,
  escapeChar: string,
  legacy: boolean,
): { name: string; value: string | undefined }[] {
  const words = splitQuoted(rest, escapeChar);
  const first = words[0] ?? "";
  if (legacy && !first.includes("=")) return [{ name: first, value: rest.trimStart().slice(first.length).trim() }];
  return words.map((word) => {
    const equals = word.indexOf("=");
    return equals < 0
      ? { name: word, value: undefined }
      : { name: word.slice(0, equals), value: word.slice(equals + 1) };
  });
}

function firstQuoted(text: string, escapeChar: string): string {
  let quote = "";
  for (let i = 0; i < text.length; i++) {
    const c = text.charAt(i);
    if (c === escapeChar && quote !== "'") i++;
    else if (quote !== "") quote = c === quote ? "" : quote;
    else if (c === '"' || c === "'") quote = c;
    else if (/\s/.test(c)) return text.slice(0, i);
  }
  return text;
}

function unquote(word: string, escapeChar: string): string {
  let out = "";
  let quote = "";
  for (let i = 0; i < word.length; i++) {
    const c = word.charAt(i);
    if (c === escapeChar && quote !== "'" && i + 1 < word.length) out += word.charAt(++i);
    else if (quote !== "") {
      if (c === quote) quote = "";
      else out += c;
    } else if (c === '"' || c === "'") quote = c;
    else out += c;
  }
  return out;
}
