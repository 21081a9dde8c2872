/**
 * Names in keys: in NFC, so that a key is the same whatever Unicode form a file system uses. Where two names of a
 * directory are equal in NFC, the one written in NFC keeps it, and the others keep their own form, in a fixed order.
 */

/** The name in a key for each name of a directory; undefined where every name is in NFC, which is usual. */
export function composedNames(names: readonly string[]): ReadonlyMap<string, string> | undefined {
  if (names.every(isPlain)) return undefined;
  const composed = new Map(names.filter(isPlain).map((name) => [name, name]));
  const taken = new Set(composed.keys());
  for (const name of names.filter((each) => !isPlain(each)).sort()) {
    const form = name.normalize("NFC");
    const free = taken.has(form) ? name : form;
    taken.add(free);
    composed.set(name, free);
  }
  return composed;
}

/** Checked name by name: a name could begin with a combining mark, which would join the letter before it. */
function isPlain(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what needs no normalization
  return /^[\x00-\x7f]*$/.test(name) || name.normalize("NFC") === name;
}
