/**
 * The name of a task for people: its kind and its subject. Objects have the same names as everywhere; ids are for
 * programs.
 */
import { nameOf } from "../diag/object-name.ts";

/**
 * `build web`; `apply deployment/web in namespace shop` of `apply:apps/Deployment/shop/web`. The part behind an `@` is
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

/** Kinds whose id is not a usual word. */
const kinds: Readonly<Record<string, string>> = { name: "tag", presence: "look for", wait: "wait for" };

function objectWords(id: string): string {
  const match = /^(?:([^/]+)\/)?([A-Z][^/]*)\/([^/]+)\/(.+)$/.exec(id);
  if (!match) return id;
  const [, group, kind = "", namespace = "-", name = ""] = match;
  const apiVersion = group === undefined ? "v1" : `${group}/-`;
  return nameOf({ apiVersion, kind, name, ...(namespace === "-" ? {} : { namespace }) });
}
