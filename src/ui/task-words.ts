/** A task as people read it: its kind and what it is about. Objects are named as everywhere else; ids stay for programs. */
import { nameOf } from "../diag/object-name.ts";

/**
 * `build web`; `apply deployment/web in namespace shop` of `apply:apps/Deployment/shop/web`. What comes after an `@` is
 * the context of a project that has several.
 */
export function taskWords(id: string): string {
  const at = id.indexOf("@");
  if (at >= 0) return `${taskWords(id.slice(0, at))} (context ${id.slice(at + 1)})`;
  const colon = id.indexOf(":");
  if (colon < 0) return id;
  const [kind, subject] = [id.slice(0, colon), id.slice(colon + 1)];
  return `${kinds[kind] ?? kind} ${kind === "apply" || kind === "wait" ? objectWords(subject) : subject}`;
}

/** Where the id's word is not what a person would say. */
const kinds: Readonly<Record<string, string>> = { name: "tag", presence: "look for", wait: "wait for" };

function objectWords(id: string): string {
  const match = /^(?:([^/]+)\/)?([A-Z][^/]*)\/([^/]+)\/(.+)$/.exec(id);
  if (!match) return id;
  const [, group, kind = "", namespace = "-", name = ""] = match;
  const apiVersion = group === undefined ? "v1" : `${group}/-`;
  return nameOf({ apiVersion, kind, name, ...(namespace === "-" ? {} : { namespace }) });
}
