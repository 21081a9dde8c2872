/** sprig's defaults, choices, types, encodings, digests, paths, regular expressions and environment. */
import { createHash } from "node:crypto";
import { posix } from "node:path";
import {
  FunctionError,
  isList,
  isMap,
  isObject,
  isTrue,
  type TemplateFunction,
  toValue,
  typeName,
  type Value,
} from "../value.ts";
import { anyText, atLeast, fixed, isEmpty, text } from "./arguments.ts";

const digest = (name: string) => fixed(1, (s) => createHash(name).update(text(s)).digest("hex"));

export const flow: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ["default", atLeast(1, (fallback, given) => (isEmpty(given) ? fallback : given))],
  ["empty", fixed(1, isEmpty)],
  ["coalesce", (args) => args.find((arg) => !isEmpty(arg)) ?? null],
  ["all", (args) => args.every((arg) => !isEmpty(arg))],
  ["any", (args) => args.some((arg) => !isEmpty(arg))],
  ["ternary", fixed(3, (yes, no, test) => (isTrue(test) ? yes : no))],
  ["fail", fixed(1, (message) => refuse(text(message)))],
  ["hello", fixed(0, () => "Hello!")],
  ["kindOf", fixed(1, kind)],
  ["kindIs", fixed(2, (want, value) => kind(value) === text(want))],
  ["typeOf", fixed(1, (value) => (value === null || value === undefined ? "<nil>" : typeName(value)))],
  ["typeIs", fixed(2, (want, value) => typeName(value) === text(want))],
  ["typeIsLike", fixed(2, (want, value) => typeName(value) === text(want).replace(/^\*/, ""))],
  ["b64enc", fixed(1, (s) => Buffer.from(text(s)).toString("base64"))],
  ["b64dec", fixed(1, (s) => decoded(text(s)))],
  ["b32enc", fixed(1, (s) => base32(Buffer.from(text(s))))],
  ["toJson", fixed(1, (value) => json(value))],
  ["toRawJson", fixed(1, (value) => json(value, undefined, false))],
  ["toPrettyJson", fixed(1, (value) => json(value, "  "))],
  ["mustToJson", fixed(1, (value) => json(value))],
  ["mustToRawJson", fixed(1, (value) => json(value, undefined, false))],
  ["mustToPrettyJson", fixed(1, (value) => json(value, "  "))],
  ["fromJson", fixed(1, (s) => parsed(text(s), false))],
  ["mustFromJson", fixed(1, (s) => parsed(text(s), true))],
  ["sha1sum", digest("sha1")],
  ["sha256sum", digest("sha256")],
  ["sha512sum", digest("sha512")],
  ["adler32sum", fixed(1, (s) => String(adler32(Buffer.from(text(s)))))],
  ["base", fixed(1, (p) => base(text(p)))],
  ["dir", fixed(1, (p) => posix.normalize(posix.dirname(text(p))))],
  ["clean", fixed(1, (p) => clean(text(p)))],
  ["ext", fixed(1, (p) => extension(text(p)))],
  ["isAbs", fixed(1, (p) => text(p).startsWith("/"))],
  ["osBase", fixed(1, (p) => base(text(p)))],
  ["osDir", fixed(1, (p) => posix.normalize(posix.dirname(text(p))))],
  ["osClean", fixed(1, (p) => clean(text(p)))],
  ["osExt", fixed(1, (p) => extension(text(p)))],
  ["osIsAbs", fixed(1, (p) => text(p).startsWith("/"))],
  ["uuidv4", fixed(0, () => crypto.randomUUID())],
  ["randAlphaNum", fixed(1, (n) => random("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", n))],
  ["randAlpha", fixed(1, (n) => random("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", n))],
  ["randNumeric", fixed(1, (n) => random("0123456789", n))],
  ["randAscii", fixed(1, (n) => random(Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join(""), n))],
]);

function refuse(message: string): never {
  throw new FunctionError(message);
}

function kind(value: Value): string {
  if (value === null || value === undefined) return "invalid";
  if (isList(value)) return "slice";
  if (isMap(value)) return "map";
  if (isObject(value)) return "struct";
  return typeName(value);
}

function decoded(value: string): string {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value))
    return "illegal base64 data at input byte 0";
  return Buffer.from(value, "base64").toString();
}

function base32(bytes: Buffer): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  let bits = "";
  for (const byte of bytes) bits += byte.toString(2).padStart(8, "0");
  const groups = bits.match(/.{1,5}/g) ?? [];
  const encoded = groups.map((group) => alphabet[Number.parseInt(group.padEnd(5, "0"), 2)]).join("");
  return encoded.padEnd(Math.ceil(encoded.length / 8) * 8, "=");
}

/** Go's encoding: sorted keys, and `<`, `>`, `&` escaped unless raw. */
function json(value: Value, indent?: string, escaped = true): string {
  const plain = (v: Value): unknown => {
    if (v === undefined || v === null) return null;
    if (isList(v)) return v.map(plain);
    if (isMap(v)) return Object.fromEntries([...v.keys()].sort().map((key) => [key, plain(v.get(key))]));
    if (typeof v === "bigint") return Number(v);
    return isObject(v) ? v.toString() : v;
  };
  const printed = JSON.stringify(plain(value), null, indent);
  return escaped ? printed.replace(/[<>&]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`) : printed;
}

function parsed(value: string, must: boolean): Value {
  try {
    // Numbers become floats, as they do in Go without a target type.
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

function base(path: string): string {
  if (path === "") return ".";
  const trimmed = path.replace(/\/+$/, "");
  return trimmed === "" ? "/" : posix.basename(trimmed);
}

function clean(path: string): string {
  const normal = posix.normalize(path);
  return normal.length > 1 ? normal.replace(/\/$/, "") : normal;
}

/** From the last dot of the last element, also when it is the first character. */
function extension(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return name.includes(".") ? name.slice(name.lastIndexOf(".")) : "";
}

function random(alphabet: string, length: Value): string {
  const count = Number(anyText(length));
  return Array.from(
    crypto.getRandomValues(new Uint32Array(Math.min(count, 65_536))),
    (n) => alphabet[n % alphabet.length],
  ).join("");
}
