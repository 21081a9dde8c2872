/**
 * Parses the templates that are expanded later, when an image's tag is known. A syntax error is thus reported with all
 * other errors of the configuration, and not in the middle of a build.
 */
import type { Diagnostic } from "../../diag/diagnostic.ts";
import type { Environment } from "../environment.ts";
import type { Module, Templated } from "../project.ts";
import { checkTemplated } from "../templated.ts";

export function checkTemplates(module: Module, environment: Environment): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  // Texts that were parsed without error: many artifacts have the same few templates.
  const good = new Set<string>();
  eachTemplate(module, (value) => {
    if (good.has(value.text)) return;
    const fault = checkTemplated(value, environment);
    if (fault === undefined) good.add(value.text);
    else found.push(fault);
  });
  return found;
}

/**
 * Finds templates in the plain data of a project: every object with a text, a place and a rule for missing variables is
 * one.
 */
function eachTemplate(value: unknown, visit: (template: Templated) => void): void {
  if (typeof value !== "object" || value === null) return;
  if ("text" in value && "at" in value && "missing" in value) visit(value as Templated);
  else for (const inner of Object.values(value)) if (typeof inner === "object") eachTemplate(inner, visit);
}
