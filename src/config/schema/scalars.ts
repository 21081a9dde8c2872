/**
 * Checks single values against their types. A text field takes the text as written, not the value that YAML makes of it
 * (`1.10` stays `1.10`); a boolean field also takes YAML 1.1's words; a number in quotes is no number.
 */
import { closest } from "../../std/text/edit-distance.ts";
import type { Node, ScalarNode } from "../yaml/tree.ts";
import { complain, type Report } from "./report.ts";
import type { IntType, StringType } from "./type.ts";

const yes = /^(?:y|Y|yes|Yes|YES|on|On|ON)$/;
const no = /^(?:n|N|no|No|NO|off|Off|OFF)$/;

/** The scalar with its value as a text, or undefined after a diagnostic was reported. */
export function checkString(node: Node, type: StringType, report: Report): ScalarNode | undefined {
  if (node.kind !== "scalar") return mismatch(node, "a text", report);
  const text = node.text;
  if (type.values && text !== "" && !isOneOf(text, type.values, type.anyCase)) {
    const near = closest(text, type.values);
    const suggestion = near ? `did you mean ${near}?` : `one of ${type.values.join(", ")}`;
    complain(report, "error", node, `${JSON.stringify(text)} is not possible here`, suggestion);
    return undefined;
  }
  if (typeof node.value === "number" && !node.quoted) warnCanonical(node, node.value, report);
  return node.value === text ? node : { ...node, value: text };
}

function isOneOf(text: string, values: readonly string[], anyCase: boolean | undefined): boolean {
  if (values.includes(text)) return true;
  return anyCase === true && values.some((value) => value.toLowerCase() === text.toLowerCase());
}

/**
 * Warns where the reference tool changes a number: it parses an unquoted number and formats it again, so 1.10 becomes
 * 1.1.
 */
function warnCanonical(node: ScalarNode, value: number, report: Report): void {
  if (String(value) === node.text || Math.abs(value) > Number.MAX_SAFE_INTEGER) return;
  const message = `read as the text ${JSON.stringify(node.text)}; the reference tool reads ${JSON.stringify(String(value))}`;
  complain(report, "warning", node, message, "put quotes around it");
}

export function checkBool(node: Node, report: Report): ScalarNode | undefined {
  if (node.kind !== "scalar") return mismatch(node, "true or false", report);
  if (typeof node.value === "boolean") return node;
  if (yes.test(node.text)) return { ...node, value: true };
  if (no.test(node.text)) return { ...node, value: false };
  if (node.quoted && /^(?:true|false)$/i.test(node.text))
    return mismatch(node, "true or false", report, "take the quotes off");
  return mismatch(node, "true or false", report);
}

export function checkInt(node: Node, type: IntType, report: Report): ScalarNode | undefined {
  if (node.kind !== "scalar") return mismatch(node, "a whole number", report);
  if (node.quoted && /^-?\d+$/.test(node.text)) return mismatch(node, "a whole number", report, "take the quotes off");
  if (/^\d+(?:ms|s|m|h)$/.test(node.text)) return mismatch(node, "a whole number", report, "leave the unit out");
  if (typeof node.value !== "number" || !Number.isInteger(node.value)) return mismatch(node, "a whole number", report);
  const { min, max } = type;
  if ((min !== undefined && node.value < min) || (max !== undefined && node.value > max)) {
    const range = max === undefined ? `at least ${min}` : `from ${min} to ${max}`;
    complain(report, "error", node, `${node.text} is out of range: it has to be ${range}`);
    return undefined;
  }
  return node;
}

/** A port: a number, a name, or a number in quotes. */
export function checkPort(node: Node, report: Report): ScalarNode | undefined {
  if (node.kind !== "scalar" || typeof node.value === "boolean")
    return mismatch(node, "a port number or the name of a port", report);
  const value = /^\d+$/.test(node.text) ? Number(node.text) : node.value;
  if (typeof value !== "number") return node;
  if (Number.isInteger(value) && value >= 0 && value <= 65535) return { ...node, value };
  complain(report, "error", node, `${node.text} is no port: ports go from 1 to 65535`);
  return undefined;
}

export function mismatch(node: Node, wanted: string, report: Report, suggestion?: string): undefined {
  complain(report, "error", node, `expected ${wanted}, found ${described(node)}`, suggestion);
  return undefined;
}

export function described(node: Node): string {
  if (node.kind === "list") return "a list";
  if (node.kind === "map") return "a map";
  if (node.value === null) return "nothing";
  if (node.quoted || typeof node.value === "string") return "a text";
  return typeof node.value === "number" ? "a number" : node.text;
}
