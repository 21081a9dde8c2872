/**
 * Templates that are expanded only when an image's tag is known are read at once all the same: a slip in one is told
 * with everything else that is wrong, not in the middle of a build.
 */
import type { Diagnostic } from "../../diag/diagnostic.ts";
import type { Environment } from "../environment.ts";
import type { Module, Templated } from "../project.ts";
import { checkTemplated } from "../templated.ts";

export function checkTemplates(module: Module, environment: Environment): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  // Many artifacts have the same few templates.
  const good = new Set<string>();
  eachTemplate(module, (value) => {
    if (good.has(value.text)) return;
    const fault = checkTemplated(value, environment);
    if (fault === undefined) good.add(value.text);
    else found.push(fault);
  });
  return found;
}

/** A project is plain data: whatever has a text, a place and a rule for missing variables is a template. */
function eachTemplate(value: unknown, visit: (template: Templated) => void): void {
  if (typeof value !== "object" || value === null) return;
  if ("text" in value && "at" in value && "missing" in value) visit(value as Templated);
  else for (const inner of Object.values(value)) if (typeof inner === "object") eachTemplate(inner, visit);
}
