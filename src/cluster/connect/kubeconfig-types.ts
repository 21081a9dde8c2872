/**
 * Checks the types of values in a kubeconfig's entries, as kubectl does. A number or a boolean in the place of a text
 * (a token of digits without quotes) is refused with its place and not converted.
 */
import { Failure } from "../../diag/failure.ts";

type Type = "text" | "flag" | "texts" | Fields | readonly [Fields] | { readonly "*": Type };
interface Fields {
  readonly [field: string]: Type;
}

const text = "text";
const exec: Fields = {
  apiVersion: text,
  command: text,
  args: "texts",
  env: [{ name: text, value: text }],
  installHint: text,
  provideClusterInfo: "flag",
  interactiveMode: text,
};

/** The checked fields, by the kind of entry. Other fields may hold any value. */
const known: Readonly<Record<string, Fields>> = {
  cluster: {
    server: text,
    "certificate-authority": text,
    "certificate-authority-data": text,
    "insecure-skip-tls-verify": "flag",
    "tls-server-name": text,
    "proxy-url": text,
    extensions: [{ name: text }],
  },
  context: { cluster: text, user: text, namespace: text },
  user: {
    "client-certificate": text,
    "client-certificate-data": text,
    "client-key": text,
    "client-key-data": text,
    token: text,
    tokenFile: text,
    username: text,
    password: text,
    as: text,
    "as-uid": text,
    "as-groups": "texts",
    "as-user-extra": { "*": "texts" },
    exec,
    "auth-provider": { name: text, config: { "*": text } },
  },
};

/** @throws Failure naming the file, the entry and the field whose value has another type */
export function checkEntry(value: unknown, kind: string, name: string, file: string): void {
  const place = `the ${kind} "${name}" in the kubeconfig ${file}`;
  const [field, wanted] = wrong(value, known[kind] ?? {}, "") ?? [];
  if (field === undefined) return;
  throw new Failure({
    severity: "error",
    message: `${place}: ${field === "" ? "it" : field} is ${wanted}`,
    ...(wanted === "no text" ? { suggestion: "put the value in quotes" } : {}),
  });
}

/** The first field of another type, and the expected type; undefined where all types are right. */
function wrong(value: unknown, type: Type, at: string): [field: string, wanted: string] | undefined {
  if (value === null || value === undefined) return undefined;
  if (type === "text") return typeof value === "string" ? undefined : [at, "no text"];
  if (type === "flag") return typeof value === "boolean" ? undefined : [at, "neither true nor false"];
  if (type === "texts") return Array.isArray(value) && value.every(isText) ? undefined : [at, "no list of texts"];
  if (isList(type)) {
    if (!Array.isArray(value)) return [at, "no list"];
    return first(value.map((item, i) => wrong(item ?? 0, type[0], `${at}[${i}]`)));
  }
  if (typeof value !== "object" || Array.isArray(value)) return [at, "no mapping"];
  const fields = value as Readonly<Record<string, unknown>>;
  const each = "*" in type ? Object.keys(fields).map((field) => [field, type["*"]] as const) : Object.entries(type);
  return first(
    each.map(([field, wanted]) => wrong(fields[field], wanted as Type, at === "" ? field : `${at}.${field}`)),
  );
}

function first<T>(found: readonly (T | undefined)[]): T | undefined {
  return found.find((one) => one !== undefined);
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}

function isList(type: Type): type is readonly [Fields] {
  return Array.isArray(type);
}
