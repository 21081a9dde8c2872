/**
 * The first line of the store's text files: the kind of file, its format version, and the digest of the rest.
 * Decides whether a file is valid. A file of another version, cut short, or changed counts as missing: reading gives
 * undefined, and the caller continues as if the file had never been written.
 */
import { sha256 } from "../../std/data/digest.ts";
import type { Json } from "../../std/data/json.ts";

/** The kind of a file and the version of its format: `record 1`. */
export interface Format {
  readonly what: string;
  readonly version: number;
}

/** The text of a file that holds `value`. */
export function wrap(format: Format, value: Json): string {
  const body = JSON.stringify(value);
  return `${head(format)} ${sha256(body)}\n${body}\n`;
}

/** The value in a file's text; undefined for anything but a complete text of `wrap` in this format. */
export function unwrap(format: Format, text: string): Json | undefined {
  const end = text.indexOf("\n");
  if (end < 0 || !text.startsWith(`${head(format)} `) || !text.endsWith("\n")) return undefined;
  const body = text.slice(end + 1, -1);
  if (text.slice(head(format).length + 1, end) !== sha256(body)) return undefined;
  return JSON.parse(body) as Json;
}

/** The version of a complete file of this kind from a later devloop; undefined for any other text. */
export function laterVersion({ what, version }: Format, text: string): number | undefined {
  const found = Number(new RegExp(`^devloop ${what} (\\d{1,9}) `).exec(text)?.[1]);
  return found > version && unwrap({ what, version: found }, text) !== undefined ? found : undefined;
}

function head({ what, version }: Format): string {
  return `devloop ${what} ${version}`;
}
