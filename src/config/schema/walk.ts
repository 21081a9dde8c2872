/**
 * Every field of the schema with its path: the reference page and the list of fields that are not acted on are made
 * from it.
 */
import { config } from "./sections/config.ts";
import { type Field, type NotYet, type ObjectType, pipelineKeys, type Type } from "./type.ts";

export interface FieldPath {
  /** For example `build.artifacts[].docker.buildArgs`. */
  readonly path: string;
  readonly field: Field;
  readonly owner: ObjectType;
}

/**
 * Depth first, in the order of the schema. A profile's sections are left out, because they equal those of the config.
 */
function* fieldPaths(root: ObjectType = config, prefix = ""): Generator<FieldPath> {
  for (const [name, field] of Object.entries(root.fields)) {
    const path = prefix === "" ? name : `${prefix}.${name}`;
    if (root.name === "Profile" && pipelineKeys.has(name)) continue;
    yield { path, field, owner: root };
    const [inner, suffix] = innerObject(field.type);
    if (inner) yield* fieldPaths(inner, `${path}${suffix}`);
  }
}

function innerObject(type: Type): [ObjectType | undefined, string] {
  if (type.kind === "object") return [type, ""];
  if (type.kind !== "list" && type.kind !== "map") return [undefined, ""];
  const [inner, suffix] = innerObject(type.of);
  return [inner, `${type.kind === "list" ? "[]" : ".*"}${suffix}`];
}

/** Fields that devloop reads but does not act on yet, without their children. */
export function notActedOn(): readonly { readonly path: string; readonly reason: NotYet }[] {
  const found: { path: string; reason: NotYet }[] = [];
  for (const { path, field } of fieldPaths()) {
    if (field.notYet === undefined || found.some((above) => isBelow(path, above.path))) continue;
    found.push({ path, reason: field.notYet });
  }
  return found;
}

function isBelow(path: string, above: string): boolean {
  return path.startsWith(`${above}.`) || path.startsWith(`${above}[`);
}
