/** The value of an unquoted word in YAML 1.2's core schema: a text, a boolean, null, or a number in a simple form. */

/** Words of the core schema that are not texts. */
const words: ReadonlyMap<string, boolean | null> = new Map([
  ...["~", "null", "Null", "NULL"].map((word) => [word, null] as const),
  ...["true", "True", "TRUE"].map((word) => [word, true] as const),
  ...["false", "False", "FALSE"].map((word) => [word, false] as const),
]);

const integer = /^(?:0|-?[1-9]\d{0,14})$/;
/** Other forms of numbers: signs, fractions, exponents, other bases, leading zeros. */
const numberLike = /^[-+]?(?:\.?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|\.(?:inf|Inf|INF|nan|NaN|NAN)|0[ox][\da-fA-F]+)$/;
/** Every number begins with one of these characters. */
const numberStart = /^[-+.\d]/;

/** Whether the word means null. */
export function isEmptyWord(text: string): boolean {
  return words.get(text) === null;
}

/** The value; undefined for a word that only the YAML library can convert. */
export function plainValueOf(text: string): string | number | boolean | null | undefined {
  const word = words.get(text);
  if (word !== undefined) return word;
  if (!numberStart.test(text)) return text;
  if (integer.test(text)) return Number(text);
  return numberLike.test(text) || text === "---" || text === "..." ? undefined : text;
}
