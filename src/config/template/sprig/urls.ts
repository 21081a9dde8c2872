/** sprig's `urlParse` and `urlJoin`: splits a URL and joins its parts as Go's `net/url` does. */
import { FunctionError, type TemplateFunction, typeName, type Value } from "../value.ts";
import { dict, fixed, text } from "./arguments.ts";

export const urls: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ["urlParse", fixed(1, (url) => parsed(text(url)))],
  ["urlJoin", fixed(1, (parts) => joined(dict(parts)))],
]);

function parsed(url: string): Map<string, Value> {
  const refuse = (why: string): never => {
    throw new FunctionError(`unable to parse url: ${JSON.stringify(url)}: ${why}`);
  };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
  if (/[\x00-\x1f\x7f]/.test(url)) refuse("invalid control character in URL");
  const hash = url.indexOf("#");
  const fragment = hash < 0 ? "" : unescaped(url.slice(hash + 1), refuse);
  let rest = hash < 0 ? url : url.slice(0, hash);
  const scheme = /^[A-Za-z][A-Za-z0-9+.-]*(?=:)/.exec(rest)?.[0] ?? "";
  if (scheme !== "") rest = rest.slice(scheme.length + 1);
  else if (rest.startsWith(":")) refuse("missing protocol scheme");
  const mark = rest.indexOf("?");
  const query = mark < 0 ? "" : rest.slice(mark + 1);
  if (mark >= 0) rest = rest.slice(0, mark);
  const parts = { scheme: scheme.toLowerCase(), query, fragment, host: "", userinfo: "", opaque: "", path: "" };
  if (!rest.startsWith("/") && scheme !== "") parts.opaque = rest;
  else {
    if (scheme === "" && /^[^/]*:/.test(rest)) refuse("first path segment in URL cannot contain colon");
    if (rest.startsWith("//") && (scheme !== "" || !rest.startsWith("///"))) {
      const slash = rest.indexOf("/", 2);
      const authority = slash < 0 ? rest.slice(2) : rest.slice(2, slash);
      rest = slash < 0 ? "" : rest.slice(slash);
      const at = authority.lastIndexOf("@");
      parts.userinfo = at < 0 ? "" : authority.slice(0, at);
      parts.host = authority.slice(at + 1);
      if (/[\s"<>^`{|}\\]/.test(parts.host)) refuse("invalid character in host name");
      if (!/^(\[[^\]]*\]|[^:]*)(:\d*)?$/.test(parts.host)) refuse("invalid port after host");
    }
    parts.path = unescaped(rest, refuse);
  }
  const hostname = parts.host.replace(/:\d*$/, "").replace(/^\[|\]$/g, "");
  return new Map<string, Value>(Object.entries({ ...parts, hostname }));
}

function unescaped(part: string, refuse: (why: string) => never): string {
  const wrong = /%(?![0-9A-Fa-f]{2}).{0,2}/.exec(part)?.[0];
  if (wrong !== undefined) refuse(`invalid URL escape ${JSON.stringify(wrong)}`);
  const bytes: number[] = [];
  const encoded = Buffer.from(part).toString("latin1");
  for (let i = 0; i < encoded.length; i++) {
    if (encoded[i] !== "%") bytes.push(encoded.charCodeAt(i));
    else {
      bytes.push(Number.parseInt(encoded.slice(i + 1, i + 3), 16));
      i += 2;
    }
  }
  return Buffer.from(bytes).toString();
}

function joined(parts: ReadonlyMap<string, Value>): string {
  const part = (name: string): string => {
    const value = parts.get(name) ?? "";
    if (typeof value !== "string")
      throw new FunctionError(`unable to parse ${name} key, must be of type string, but ${typeName(value)} found`);
    return value;
  };
  const [scheme, host, path, opaque] = [part("scheme"), part("host"), part("path"), part("opaque")];
  const userinfo = part("userinfo");
  let out = scheme === "" ? "" : `${scheme}:`;
  if (opaque !== "") out += opaque;
  else {
    if (scheme !== "" || host !== "" || userinfo !== "") {
      if (host !== "" || path !== "" || userinfo !== "") out += "//";
      out += (userinfo === "" ? "" : `${userinfo}@`) + host;
    }
    if (path !== "" && !path.startsWith("/") && host !== "") out += "/";
    else if (out === "" && /^[^/]*:/.test(path)) out += "./";
    out += escaped(path, /[A-Za-z0-9\-_.~$&+,/:;=@]/);
  }
  const [query, fragment] = [part("query"), part("fragment")];
  if (query !== "") out += `?${query}`;
  return fragment === "" ? out : `${out}#${escaped(fragment, /[A-Za-z0-9\-_.~$&+,/:;=?@!()*]/)}`;
}

function escaped(part: string, plain: RegExp): string {
  return [...Buffer.from(part)]
    .map((byte) => {
      const c = String.fromCharCode(byte);
      return byte < 0x80 && plain.test(c) ? c : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
    })
    .join("");
}
