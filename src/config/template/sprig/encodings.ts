/** sprig's encodings and digests of texts: base64, base32, JSON, checksums. */
import { sortedKeys } from "../syntax/print.ts";
import { FunctionError, isList, isMap, type TemplateFunction, toValue, type Value } from "../value.ts";
import { fixed, text } from "./arguments.ts";
import { decodeBase32, decodeBase64, encodeBase32 } from "./base-text.ts";

const digest = (name: "sha1" | "sha256" | "sha512") =>
  fixed(1, (s) => new Bun.CryptoHasher(name).update(text(s)).digest("hex"));

export const encodings: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ["b64enc", fixed(1, (s) => Buffer.from(text(s)).toString("base64"))],
  ["b64dec", fixed(1, (s) => decoded(decodeBase64(text(s)), "base64"))],
  ["b32enc", fixed(1, (s) => encodeBase32(Buffer.from(text(s))))],
  ["b32dec", fixed(1, (s) => decoded(decodeBase32(text(s)), "base32"))],
  ["toJson", fixed(1, (value) => json(value, {}) ?? "")],
  ["toRawJson", fixed(1, (value) => json(value, { raw: true }) ?? unprintable(value))],
  ["toPrettyJson", fixed(1, (value) => json(value, { indent: "  " }) ?? "")],
  ["mustToJson", fixed(1, (value) => json(value, {}) ?? unprintable(value))],
  ["mustToRawJson", fixed(1, (value) => json(value, { raw: true }) ?? unprintable(value))],
  ["mustToPrettyJson", fixed(1, (value) => json(value, { indent: "  " }) ?? unprintable(value))],
  ["fromJson", fixed(1, (s) => parsed(text(s), false))],
  ["mustFromJson", fixed(1, (s) => parsed(text(s), true))],
  ["sha1sum", digest("sha1")],
  ["sha256sum", digest("sha256")],
  ["sha512sum", digest("sha512")],
  ["adler32sum", fixed(1, (s) => String(adler32(Buffer.from(text(s)))))],
]);

/** The decoded text; for a text that cannot be decoded, the error message takes its place, as in sprig. */
function decoded(bytes: Buffer | number, what: string): string {
  return typeof bytes === "number" ? `illegal ${what} data at input byte ${bytes}` : bytes.toString();
}

interface JsonForm {
  /** The indentation of each level; absent: all on one line. */
  readonly indent?: string;
  /** Leaves `<`, `>` and `&` unescaped. */
  readonly raw?: boolean;
}

/** Go's JSON encoding, keys sorted. Undefined where a number cannot be represented in JSON. */
function json(value: Value, form: JsonForm): string | undefined {
  try {
    return encode(value, form, "\n");
  } catch (thrown) {
    if (thrown instanceof RangeError) return undefined;
    throw thrown;
  }
}

function encode(value: Value, form: JsonForm, lineStart: string): string {
  if (value === undefined || value === null) return "null";
  if (typeof value === "bigint" || typeof value === "boolean") return String(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new RangeError("not a number of JSON");
    return Object.is(value, -0) ? "-0" : JSON.stringify(value);
  }
  const inner = lineStart + (form.indent ?? "");
  const between = form.indent === undefined ? ["", ",", ""] : [inner, `,${inner}`, lineStart];
  const wrap = (open: string, items: readonly string[], close: string) =>
    items.length === 0 ? open + close : open + between[0] + items.join(between[1]) + between[2] + close;
  if (isList(value))
    return wrap(
      "[",
      value.map((item) => encode(item, form, inner)),
      "]",
    );
  if (!isMap(value)) return quoted(String(value), form);
  const colon = form.indent === undefined ? ":" : ": ";
  const entries = sortedKeys(value).map((key) => quoted(key, form) + colon + encode(value.get(key), form, inner));
  return wrap("{", entries, "}");
}

function quoted(text: string, { raw = false }: JsonForm): string {
  const code = (c: string) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(text).replace(raw ? /[\u2028\u2029]/g : /[<>&\u2028\u2029]/g, code);
}

function unprintable(value: Value): never {
  throw new FunctionError(`json: unsupported value: ${value}`);
}

/** Numbers become floats, as Go decodes them without a target type. */
function parsed(value: string, must: boolean): Value {
  try {
    return floats(toValue(JSON.parse(value)));
  } catch (error) {
    if (must) throw new FunctionError(error instanceof Error ? error.message : String(error));
    return null;
  }
}

function floats(value: Value): Value {
  if (typeof value === "bigint") return Number(value);
  if (isList(value)) return value.map(floats);
  if (isMap(value)) return new Map([...value].map(([key, item]) => [key, floats(item)]));
  return value;
}

function adler32(bytes: Buffer): number {
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return b * 65536 + a;
}
