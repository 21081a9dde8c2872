/**
 * Go's `filepath.Match` for one path component: `*`, `?`, `[a-z]`, `[^a-z]` and escapes. COPY, ADD and globs of the
 * configuration use it: there is no `**`, and a leading dot is not special.
 */

/** True where the component holds a wildcard; other components can be compared as text. */
export function hasWildcard(component: string): boolean {
  for (let i = 0; i < component.length; i++) {
    const c = component.charAt(i);
    if (c === "\\") i++;
    else if (c === "*" || c === "?" || c === "[") return true;
  }
  return false;
}

/** A matcher of whole components; a malformed pattern matches nothing, as in BuildKit's copy. */
export function componentMatcher(pattern: string): (component: string) => boolean {
  if (!hasWildcard(pattern)) {
    const literal = pattern.replace(/\\(.)/g, "$1");
    return (component) => component === literal || component === pattern;
  }
  return goMatcher(pattern);
}

/** A matcher of whole components by Go's rules alone. */
export function goMatcher(pattern: string): (component: string) => boolean {
  const source = toRegExp(pattern);
  if (source === undefined) return () => false;
  const expression = new RegExp(`^${source}$`, "su");
  return (component) => expression.test(component);
}

/** A matcher of whole paths by the same rules: as many components, each of which matches. */
export function pathMatcher(pattern: string): (path: string) => boolean {
  const matchers = pattern.split("/").map(componentMatcher);
  return (path) => {
    const components = path.split("/");
    return components.length === matchers.length && matchers.every((matches, i) => matches(components[i] ?? ""));
  };
}

function toRegExp(pattern: string): string | undefined {
  let out = "";
  const chars = [...pattern];
  for (let i = 0; i < chars.length; i++) {
    const c = chars[i] ?? "";
    if (c === "*") out += ".*";
    else if (c === "?") out += ".";
    else if (c === "\\") {
      if (++i >= chars.length) return undefined;
      out += literal(chars[i] ?? "");
    } else if (c === "[") {
      const set = readClass(chars, i + 1);
      if (set === undefined) return undefined;
      out += set.source;
      i = set.end;
    } else out += literal(c);
  }
  return out;
}

/** Reads a class from just after its `[`; `end` is the index of its `]`. */
function readClass(chars: readonly string[], from: number): { source: string; end: number } | undefined {
  let i = from;
  const negated = chars[i] === "^";
  if (negated) i++;
  let source = "";
  for (let ranges = 0; ; ranges++) {
    if (chars[i] === "]" && ranges > 0) return { source: `[${negated ? "^" : ""}${source}]`, end: i };
    const low = readClassChar(chars, i);
    if (low === undefined) return undefined;
    i = low.next;
    let high = low;
    if (chars[i] === "-") {
      const read = readClassChar(chars, i + 1);
      if (read === undefined) return undefined;
      high = read;
      i = read.next;
    }
    // An inverted range is valid for Go and matches nothing.
    if ((low.char.codePointAt(0) ?? 0) <= (high.char.codePointAt(0) ?? 0))
      source += `${literal(low.char)}-${literal(high.char)}`;
  }
}

function readClassChar(chars: readonly string[], at: number): { char: string; next: number } | undefined {
  const c = chars[at];
  if (c === undefined || c === "-" || c === "]") return undefined;
  if (c !== "\\") return { char: c, next: at + 1 };
  const escaped = chars[at + 1];
  return escaped === undefined ? undefined : { char: escaped, next: at + 2 };
}

function literal(char: string): string {
  return /[\w\s]/.test(char) ? char : `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`;
}
