/** What an unquoted word of YAML 1.2's core schema is: a text, a switch, nothing, or a number that is written simply. */

/** Words of the core schema that are not texts. */
const words: ReadonlyMap<string, boolean | null> = new Map([
  ...["~", "null", "Null", "NULL"].map((word) => [word, null] as const),
  ...["true", "True", "TRUE"].map((word) => [word, true] as const),
  ...["false", "False", "FALSE"].map((word) => [word, false] as const),
]);

const integer = /^(?:0|-?[1-9]\d{0,14})$/;
/** Whatever else may be a number: signs, fractions, exponents, other bases, leading zeros. */
const numberLike = /^[-+]?(?:\.?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|\.(?:inf|Inf|INF|nan|NaN|NAN)|0[ox][\da-fA-F]+)$/;
/** Only what begins like this can be a number. */
const numberStart = /^[-+.\d]/;

/** Whether a word stands for no value at all. */
export function isEmptyWord(text: string): boolean {
  return words.get(text) === null;
}

/** The value; undefined where it takes more than a glance to say. */
export function plainValueOf(text: string): string | number | boolean | null | undefined {
  const word = words.get(text);
  if (word !== undefined) return word;
  if (!numberStart.test(text)) return text;
  if (integer.test(text)) return Number(text);
  return numberLike.test(text) || text === "---" || text === "..." ? undefined : text;
}
