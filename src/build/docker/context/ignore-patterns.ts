/**
 * `.dockerignore`: which paths of a build context BuildKit never sees.
 * The rules are those of moby's pattern matcher as BuildKit's context sender applies them: patterns in order, a match
 * of any parent counts for the child, the last match wins, `!` includes again, `**` crosses directories. They differ
 * from git's, and from those of the `@balena/dockerignore` package where a parent and an exception meet; tests compare
 * with the engine's own result.
 */

export interface IgnoreRules {
  /** The text of the ignore file. */
  readonly text: string;
  /** BuildKit's verdict on a path that is relative to the context, `/`-separated. */
  verdict(path: string): "kept" | "ignored" | "ignored-but-may-hold-kept";
}

interface Pattern {
  readonly exception: boolean;
  /** Cleaned, without `!`. */
  readonly text: string;
  readonly matches: (path: string) => boolean;
}

/** Which patterns matched one directory, and the verdict on it. */
interface Judgement {
  readonly ignored: boolean;
  readonly matched: readonly boolean[];
}

export const nothingIgnored: IgnoreRules = { text: "", verdict: () => "kept" };

/** Parses an ignore file. A malformed pattern matches nothing, because the engine itself refuses the build. */
export function readIgnoreRules(text: string): IgnoreRules {
  const patterns = text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .flatMap(readPattern);
  if (patterns.length === 0) return nothingIgnored;
  const exceptions = patterns.filter((p) => p.exception).map((p) => p.text.replace(/(\/\*\*|\/\*)$/, ""));
  const literalExceptions = exceptions.every((text) => !/[*?[\\^]/.test(text));
  const judged = new Map<string, Judgement>();
  const judge = (path: string): Judgement => {
    const known = judged.get(path);
    if (known) return known;
    const slash = path.lastIndexOf("/");
    const judgement = judgePath(patterns, path, slash < 0 ? undefined : judge(path.slice(0, slash)).matched);
    judged.set(path, judgement);
    return judgement;
  };
  return {
    text,
    verdict(path) {
      const slash = path.lastIndexOf("/");
      const parent = slash < 0 ? undefined : judge(path.slice(0, slash)).matched;
      if (!judgePath(patterns, path, parent).ignored) return "kept";
      const mayHold = literalExceptions
        ? exceptions.some((exception) => `${exception}/`.startsWith(`${path}/`))
        : exceptions.length > 0;
      return mayHold ? "ignored-but-may-hold-kept" : "ignored";
    },
  };
}

/**
 * Tries the patterns in order. A pattern that cannot change the verdict is skipped and counts as unmatched for the
 * children, as in moby's matcher, because the verdicts on files below depend on it.
 */
function judgePath(patterns: readonly Pattern[], path: string, parent: readonly boolean[] | undefined): Judgement {
  let ignored = false;
  const matched = patterns.map((pattern, i) => {
    let match = parent?.[i] ?? false;
    if (!match) {
      if (pattern.exception !== ignored) return false;
      match = pattern.matches(path);
    }
    if (match) ignored = !pattern.exception;
    return match;
  });
  return { ignored, matched };
}

function readPattern(line: string): Pattern[] {
  if (line.startsWith("#")) return [];
  const trimmed = line.trim();
  const exception = trimmed.startsWith("!");
  const body = exception ? trimmed.slice(1).trim() : trimmed;
  if (body === "") return [];
  const cleaned = clean(body);
  const text = cleaned.length > 1 && cleaned.startsWith("/") ? cleaned.slice(1) : cleaned;
  return [{ exception, text, matches: pathMatcher(text) }];
}

/** Go's `filepath.Clean` on a slash path. */
function clean(path: string): string {
  const rooted = path.startsWith("/");
  const out: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") out.push(part);
    else if (out.length > 0 && out.at(-1) !== "..") out.pop();
    else if (!rooted) out.push("..");
  }
  return rooted ? `/${out.join("/")}` : out.join("/") || ".";
}

/**
 * A matcher of whole paths for one pattern. The quick forms are moby's own and differ from its expression in corner
 * cases.
 */
export function pathMatcher(pattern: string): (path: string) => boolean {
  let source = "";
  let form: "exact" | "prefix" | "suffix" | "expression" = "exact";
  const chars = [...pattern];
  for (let i = 0, round = 0; i < chars.length; i++, round++) {
    const c = chars[i] ?? "";
    if (c === "*" && chars[i + 1] === "*") {
      i += chars[i + 2] === "/" ? 2 : 1;
      if (i + 1 < chars.length) {
        source += "(.*/)?";
        form = "expression";
      } else if (form === "exact") form = "prefix";
      else {
        source += ".*";
        form = "expression";
      }
      if (round === 0) form = "suffix";
      continue;
    }
    if (c === "*" || c === "?") source += c === "*" ? "[^/]*" : "[^/]";
    else if (c === "\\") source += i + 1 < chars.length ? `\\${chars[++i]}` : "\\\\";
    else source += ".+()|{}$".includes(c) ? `\\${c}` : c;
    if ("*?\\[]".includes(c)) form = "expression";
  }
  if (form === "exact") return (path) => path === pattern;
  if (form === "prefix") return (path) => path.startsWith(pattern.slice(0, -2));
  if (form === "suffix") {
    const suffix = pattern.slice(2);
    return (path) => path.endsWith(suffix) || (suffix.startsWith("/") && path === suffix.slice(1));
  }
  const expression = compile(`^${source}$`);
  return (path) => expression?.test(path) ?? false;
}

function compile(source: string): RegExp | undefined {
  try {
    return new RegExp(source, "s");
  } catch {
    return undefined;
  }
}
