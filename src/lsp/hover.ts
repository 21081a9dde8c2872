/** The description of the field under the cursor, from the schema. */
import { nodeAt } from "./node-at.ts";
import type { Hover, Position } from "./protocol.ts";
import { fieldAt, shapeOf, typeWords } from "./schema-path.ts";
import type { OpenText } from "./text.ts";

export function hover(document: OpenText, position: Position): Hover | null {
  const found = nodeAt(document.text, document.offset(position));
  const field = found && fieldAt(found.path);
  if (!field) return null;
  const lines = [
    `**${shapeOf(found.path)}**: ${typeWords(field.type)}${field.required ? ", required" : ""}`,
    field.description,
    field.fallback && `Default: ${field.fallback}.`,
    field.template && "A Go template is expanded in it.",
    field.since && `Since skaffold/${field.since}.`,
    field.dialect && `The reference tool calls it ${field.dialect}.`,
    field.notYet && "devloop does not act on it yet.",
  ];
  return {
    contents: { kind: "markdown", value: lines.filter((line) => typeof line === "string" && line !== "").join("\n\n") },
    range: document.range(found.start, found.end),
  };
}
