/**
 * JSON pointers of patches, by segments. A segment may also be a `key=value` selector, which is kept as it is. In rules
 * `*` stands for one segment, and a last `**` for any number of following segments.
 */

/** The segments of `/a/b~1c`; undefined for a text that is no pointer. */
export function segmentsOf(pointer: string): string[] | undefined {
  if (pointer === "") return [];
  if (!pointer.startsWith("/")) return undefined;
  return pointer.slice(1).split("/").map(unescaped);
}

export function pointerOf(segments: readonly string[]): string {
  return segments.map((segment) => `/${escaped(segment)}`).join("");
}

/** The segments that the wildcards of `pattern` match; undefined where the pattern does not match. */
export function match(pattern: string, segments: readonly string[]): string[] | undefined {
  const wanted = pattern.slice(1).split("/");
  const open = wanted.at(-1) === "**";
  if (open) wanted.pop();
  if (open ? segments.length < wanted.length : segments.length !== wanted.length) return undefined;
  const found: string[] = [];
  for (const [i, want] of wanted.entries()) {
    if (want === "*") found.push(segments[i] as string);
    else if (want !== segments[i]) return undefined;
  }
  return open ? [...found, ...segments.slice(wanted.length)] : found;
}

/** The pattern with its wildcards replaced, in order. */
export function filled(pattern: string, found: readonly string[]): string[] {
  const rest = [...found];
  return pattern
    .slice(1)
    .split("/")
    .flatMap((segment) => {
      if (segment === "**") return rest.splice(0);
      return segment === "*" ? [rest.shift() ?? ""] : [segment];
    });
}

function unescaped(segment: string): string {
  return segment.replaceAll("~1", "/").replaceAll("~0", "~");
}

function escaped(segment: string): string {
  return segment.replaceAll("~", "~0").replaceAll("/", "~1");
}
