/**
 * Names as keys have them: in NFC, so that a key is the same whatever form a file system gives to letters. Two names of
 * one directory can be one in NFC; then the plain one keeps it, and each other keeps its own form, in a fixed order.
 */

/** The name in a key of each name of a directory; undefined where every name is in NFC, as nearly always. */
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

/** Judged name by name: a name could begin with a mark that joins the letter before it, but never a separator. */
function isPlain(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what needs no normalization
  return /^[\x00-\x7f]*$/.test(name) || name.normalize("NFC") === name;
}
