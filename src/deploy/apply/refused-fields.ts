/**
 * The places in a manifest of fields that the server refuses. The server names fields by path; the file is read again
 * and the path is followed. One diagnostic for each field. A path that is not in the file (a default, a field that
 * devloop added) gets the place of its nearest parent; where the file has changed meanwhile, the object's own place is
 * kept.
 */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { ApiError } from "../../cluster/connect/api-error.ts";
import { toTree } from "../../config/yaml/convert.ts";
import { readYaml } from "../../config/yaml/read.ts";
import { Source } from "../../config/yaml/source.ts";
import { type Entry, type MapNode, type Node, placeOf } from "../../config/yaml/tree.ts";
import type { Diagnostic, Place } from "../../diag/diagnostic.ts";

/**
 * A field by its path, as the server writes it: `.spec.ports[containerPort=80,protocol="TCP"].name`, `spec.ports[0]`.
 */
interface RefusedField {
  readonly path: string;
  readonly message: string;
}

/**
 * Diagnostics of the refusal; one for the object where the server names no field.
 * @param at the begin of the object
 * @param folder the folder that the place's path is relative to
 */
export async function complaintsByField(refusal: ApiError, at: Place, folder: string): Promise<readonly Diagnostic[]> {
  const [told] = refusal.diagnostics;
  const fields = refusedFields(refusal);
  if (told === undefined || fields.length === 0) return refusal.diagnostics;
  const object = await objectAt(at, folder);
  const action = told.message.slice(0, told.message.indexOf(": "));
  return fields.map(({ path, message }) => {
    const found = object && placeOfField(object, path, /not declared|unknown field/.test(message));
    return { ...told, message: `${action}: ${path.replace(/^\./, "")}: ${message}`, at: found ?? at };
  });
}

/** The refused fields, from the causes of a refused value, else from the message of a refused patch. */
export function refusedFields({ reason, message, causes }: ApiError): RefusedField[] {
  if (reason === "Invalid" || reason === "Immutable")
    return causes.flatMap(({ field, message: said }) => (field && said ? [{ path: field, message: said }] : []));
  const unknown = [...message.matchAll(/unknown field "([^"]+)"/g)];
  if (unknown.length > 0) return unknown.map(([, path = ""]) => ({ path, message: "unknown field" }));
  const patch = /failed to create typed patch object \(.*?\): (?:errors: )?(\..*)$/.exec(message)?.[1];
  return (patch?.split(/ (?=\.[a-z][\w.,/[\]="-]*: )/) ?? []).map((one) => {
    const end = one.indexOf(": ");
    return { path: one.slice(0, end), message: one.slice(end + 2) };
  });
}

/** The object that begins at a place of a manifest, as it is in the file now. */
async function objectAt(at: Place, folder: string): Promise<MapNode | undefined> {
  const file = resolve(folder, at.file);
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const source = new Source(file, at.file, text);
  const quiet = () => undefined;
  const trees = readYaml(source, quiet).map(({ document }) => toTree(document, source, quiet));
  return trees.map((tree) => tree && beginningAt(tree, at)).find((found) => found !== undefined);
}

/** The node itself, or an item of a list of objects. */
function beginningAt(node: Node, at: Place): MapNode | undefined {
  if (node.kind !== "map") return undefined;
  const [first] = node.entries.values();
  const begin = first && placeOf(first);
  if (begin?.line === at.line && begin.column === at.column) return node;
  const items = node.entries.get("items")?.node;
  if (items?.kind !== "list") return undefined;
  return items.items.map((item) => beginningAt(item, at)).find((found) => found !== undefined);
}

/** The place of an unknown field's key, or of another field's value; undefined where not even the first step exists. */
function placeOfField(object: MapNode, path: string, ofKey: boolean): Place | undefined {
  let node: Node = object;
  let entry: Entry | undefined;
  for (const [step, name, inBrackets] of path.matchAll(/([^.[\]]+)|\[([^\]]*)\]/g)) {
    const next: Node | undefined = name === undefined ? itemOf(node, inBrackets ?? "") : undefined;
    const named: Entry | undefined = name !== undefined && node.kind === "map" ? node.entries.get(name) : undefined;
    if (step === "" || (!next && !named)) break;
    if (named) entry = named;
    node = named?.node ?? next ?? node;
  }
  if (node === object) return undefined;
  return placeOf(!ofKey && node.kind === "scalar" ? node : (entry ?? node));
}

/** An item by index or by key fields. Key fields that the item leaves out have default values. */
function itemOf(node: Node, selector: string): Node | undefined {
  if (node.kind !== "list") return undefined;
  if (/^\d+$/.test(selector)) return node.items[Number(selector)];
  const wanted = [...selector.matchAll(/([\w.-]+)=(?:"([^"]*)"|([^,]*))/g)].map(
    ([, key = "", quoted, bare]) => [key, quoted ?? bare ?? ""] as const,
  );
  return node.items.find(
    (item) =>
      item.kind === "map" &&
      wanted.every(([key, value]) => {
        const own = item.entries.get(key)?.node;
        return own === undefined || (own.kind === "scalar" && own.text === value);
      }),
  );
}
