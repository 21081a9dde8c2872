/**
 * Text of pods, builds, servers and file names in a form that is safe to show in a terminal. Control characters could
 * write to the clipboard, clear the screen or forge a line, and bidirectional controls show a text in another order
 * than it has.
 * Each of them is shown as an escape sequence in printable characters. Tabs stay; colours stay where they are wanted,
 * and are reset at the end. A line break is escaped too, because the caller has cut the text into lines already.
 */

// C0 without the tab, DEL and C1, line and paragraph separators, and every character that sets or overrides a
// direction.
const unseen =
  "\\u0000-\\u0008\\u000a-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u206f";
const control = new RegExp(`[${unseen}]`, "g");
/** Select Graphic Rendition: colours and other attributes, which change only how the following characters look. */
const rendition = "\\u001b\\[[0-9;:]{0,64}m";
const controlOrRendition = new RegExp(`(${rendition})|[${unseen}]`, "g");
const reset = "\u001b[0m";

const short: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\u001b": "\\e" };

/** The text on one line, without colours. */
export function visible(text: string): string {
  return text.replace(control, escaped);
}

/** The text on one line with its colours, which are reset behind it. */
export function visibleWithColours(text: string): string {
  let last: string | undefined;
  const shown = text.replace(controlOrRendition, (found: string, colour: string | undefined) => {
    if (colour === undefined) return escaped(found);
    last = colour;
    return colour;
  });
  return last === undefined || last === reset || last === "\u001b[m" ? shown : `${shown}${reset}`;
}

/**
 * The text of JSON, or of a quoted text of YAML, with these characters as escapes of JSON: the same data for every
 * reader. The line breaks between its parts stay.
 */
export function visibleJson(json: string): string {
  return json.replace(control, (found) => (found === "\n" ? found : `\\u${hex(found.charCodeAt(0), 4)}`));
}

/** The text with one character for each of its own, so that a caret in the line below stays in its place. */
export function visibleInPlace(text: string): string {
  return text.replace(control, "\ufffd");
}

function escaped(character: string): string {
  const code = character.charCodeAt(0);
  return short[character] ?? (code < 0x100 ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`);
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}
