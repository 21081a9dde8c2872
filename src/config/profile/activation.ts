/**
 * Decides which profiles are active: first those whose conditions hold, in the order of the file; then the named ones,
 * in the order of the command line; `-name` removes one. A condition is an exact text or an RE2 pattern found anywhere
 * in the value; a leading `!` negates it.
 */
import { RE2JS } from "re2js";
import { closest } from "../../std/text/edit-distance.ts";
import { complain, type Report } from "../schema/report.ts";
import { child, childItems, childText, type Node, type ScalarNode } from "../yaml/tree.ts";

export interface ActivationContext {
  /** The command that runs: dev, run, build, ... */
  readonly command: string;
  variable(name: string): string | undefined;
  /** The effective Kubernetes context; empty where there is none. */
  readonly kubeContext: string;
}

/** Names from the command line, in order; a leading dash switches a profile off. */
export interface ProfileRequest {
  readonly named: readonly string[];
  readonly automatic: boolean;
}

export interface ActiveProfile {
  readonly name: string;
  readonly node: Node;
  /** Whether a condition on the Kubernetes context activated the profile. */
  readonly byContext: boolean;
}

/** Active profiles in order of application. Unknown names are ignored, because another module may have them. */
export function activeProfiles(
  profiles: readonly Node[],
  request: ProfileRequest,
  context: ActivationContext,
  report: Report,
): readonly ActiveProfile[] {
  const known = new Map(profiles.map((node) => [childText(node, "name") ?? "", node]));
  const active = new Map<string, ActiveProfile>();
  if (request.automatic)
    for (const node of profiles) {
      const name = childText(node, "name") ?? "";
      if (name !== "" && holds(node, context, report))
        active.set(name, { name, node: known.get(name) as Node, byContext: usesContext(node) });
    }
  for (const name of request.named) {
    const node = known.get(name);
    if (name.startsWith("-")) active.delete(name.slice(1));
    else if (node && !active.has(name)) active.set(name, { name, node, byContext: false });
  }
  return [...active.values()];
}

/** The message for a profile name that no module has. */
export function unknownProfile(name: string, known: readonly string[]): string | undefined {
  const near = closest(name, known);
  if (near !== undefined) return `did you mean ${near}?`;
  return known.length > 0 ? `there are: ${known.join(", ")}` : "no config here has profiles";
}

/** Whether the Kubernetes context is needed to decide if the profile is active. */
export function usesContext(profile: Node): boolean {
  return childItems(profile, "activation").some((entry) => child(entry, "kubeContext"));
}

function holds(profile: Node, context: ActivationContext, report: Report): boolean {
  const entries = childItems(profile, "activation");
  if (entries.length === 0) return false;
  const all = child(profile, "requiresAllActivations");
  const results = entries.map((entry) => entryHolds(entry, context, report));
  return all?.kind === "scalar" && all.value === true ? results.every(Boolean) : results.some(Boolean);
}

/** Whether every condition of the entry holds; an entry without conditions holds. */
function entryHolds(entry: Node, context: ActivationContext, report: Report): boolean {
  const of = (key: string) => {
    const found = child(entry, key);
    return found?.kind === "scalar" ? found : undefined;
  };
  const [env, kubeContext, command] = [of("env"), of("kubeContext"), of("command")];
  return (
    (!env || envHolds(env, context, report)) &&
    (!command || matches(command, command.text, context.command, report)) &&
    (!kubeContext || matches(kubeContext, kubeContext.text, context.kubeContext, report))
  );
}

function envHolds(node: ScalarNode, context: ActivationContext, report: Report): boolean {
  const equals = node.text.indexOf("=");
  if (equals <= 0) {
    complain(report, "error", node, "expected NAME=pattern", "to ask whether a variable is set, write NAME=.+");
    return false;
  }
  const [name, pattern] = [node.text.slice(0, equals), node.text.slice(equals + 1)];
  const value = context.variable(name) ?? "";
  return pattern === "" ? value === "" : matches(node, pattern, value, report);
}

function matches(node: ScalarNode, pattern: string, value: string, report: Report): boolean {
  const inverted = pattern.startsWith("!");
  const wanted = inverted ? pattern.slice(1) : pattern;
  if (wanted === value) return !inverted;
  try {
    return RE2JS.compile(wanted).matcher(value).find() !== inverted;
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    complain(report, "error", node, `not a valid pattern: ${why}`, "patterns are RE2's, as in Go");
    return false;
  }
}
