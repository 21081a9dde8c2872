/** Generates the reference page of the configuration, `docs/config.md`, from the schema. */
import { newest } from "../upgrade/versions.ts";
import { config } from "./sections/config.ts";
import type { Field, ObjectType, Type } from "./type.ts";
import { pipelineKeys } from "./type.ts";

/** The whole page as Markdown. */
export function referencePage(): string {
  const objects = new Map<string, { type: ObjectType; usedIn: string[] }>();
  collect(config, "", objects);
  return [
    "# skaffold.yaml",
    "",
    `Every field of \`skaffold/${newest}\`. Made from the schema by \`bun scripts/config-reference.ts\`; do not edit.`,
    "",
    "Marks: **required**; *one of* its group, at most one of which may be set; *template*, a Go template over the",
    "environment; *from the file*, a path relative to the file's folder in a required config; *not acted on yet*,",
    "where devloop reads the field without effect; *refused for now*, where the result would be wrong without it.",
    "",
    ...[...objects.values()].flatMap(section),
  ].join("\n");
}

function collect(type: ObjectType, path: string, into: Map<string, { type: ObjectType; usedIn: string[] }>): void {
  const known = into.get(type.name);
  if (known) {
    known.usedIn.push(path);
    return;
  }
  into.set(type.name, { type, usedIn: [path] });
  for (const [name, field] of Object.entries(type.fields)) {
    if (type.name === "Profile" && pipelineKeys.has(name)) continue;
    const [inner, suffix] = objectIn(field.type);
    if (inner) collect(inner, `${path === "" ? "" : `${path}.`}${name}${suffix}`, into);
  }
}

function objectIn(type: Type): [ObjectType | undefined, string] {
  if (type.kind === "object") return [type, ""];
  if (type.kind !== "list" && type.kind !== "map") return [undefined, ""];
  const [inner, suffix] = objectIn(type.of);
  return [inner, `${type.kind === "list" ? "[]" : ".*"}${suffix}`];
}

function section({ type, usedIn }: { type: ObjectType; usedIn: readonly string[] }): string[] {
  const where = usedIn.map((path) => (path === "" ? "the document" : `\`${path}\``)).join(", ");
  const rows = Object.entries(type.fields).map(([name, field]) => row(name, field));
  const table = ["| Field | Type | Meaning |", "|---|---|---|", ...rows];
  return [`## ${type.name}`, "", `In ${where}.`, "", ...(rows.length > 0 ? table : ["No fields."]), ""];
}

function row(name: string, field: Field): string {
  const marks = [
    field.required && "**required**",
    field.group && `one of *${field.group}*`,
    field.template && "*template*",
    field.filepath && "*from the file*",
    field.since && `since ${field.since}`,
    field.dialect && `not of the reference tool, which calls it \`${field.dialect.replaceAll("`", "")}\``,
    field.notYet === "harmless" && "*not acted on yet*",
    field.notYet === "wrong" && "*refused for now*",
  ].filter((mark) => typeof mark === "string" && mark !== "");
  const fallback = field.fallback === undefined ? "" : ` Default: ${field.fallback}.`;
  const text = `${field.description}${fallback}${marks.length === 0 ? "" : ` (${marks.join("; ")})`}`;
  return `| \`${name}\` | ${typeText(field.type)} | ${text.replaceAll("|", "\\|")} |`;
}

function typeText(type: Type): string {
  switch (type.kind) {
    case "string":
      return type.values ? type.values.map((value) => `\`${value}\``).join(", ") : "text";
    case "int":
      return "number";
    case "bool":
      return "true or false";
    case "any":
      return "anything";
    case "port":
      return "number or text";
    case "flat":
      return "map, nested";
    case "list":
      return type.words ? "list of texts, or one" : `list of ${typeText(type.of)}`;
    case "map":
      return `map to ${typeText(type.of)}${type.nullable ? " or nothing" : ""}`;
    case "object":
      return `[${type.name}](#${type.name.toLowerCase()})`;
  }
}
