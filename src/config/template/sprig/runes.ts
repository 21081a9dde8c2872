/** Characters by Go's rules: which ones are blanks, and changes of case that never turn one character into several. */

const blank = /^[\t-\r \u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]$/;

export function isBlank(c: string): boolean {
  return blank.test(c);
}

export function isUpper(c: string): boolean {
  return /^\p{Lu}$/u.test(c);
}

export function upperRune(c: string): string {
  return single(c.toUpperCase(), c);
}

export function lowerRune(c: string): string {
  return single(c.toLowerCase(), c);
}

function single(changed: string, original: string): string {
  return [...changed].length === 1 ? changed : original;
}

export function upper(text: string): string {
  return [...text].map(upperRune).join("");
}

export function lower(text: string): string {
  return [...text].map(lowerRune).join("");
}

/** The text without blanks at both ends. */
export function trimBlanks(text: string): string {
  const runes = [...text];
  let [from, to] = [0, runes.length];
  while (from < to && isBlank(runes[from] ?? "")) from++;
  while (to > from && isBlank(runes[to - 1] ?? "")) to--;
  return runes.slice(from, to).join("");
}

/** The first character of each word, words being separated by blanks. */
export function initials(text: string): string {
  return [...text].filter((c, i, all) => !isBlank(c) && isBlank(all[i - 1] ?? " ")).join("");
}
