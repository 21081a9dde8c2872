/**
 * The flags of kubectl, and the items of a flags section as flags with their values. A value may be in the next item,
 * as on a command line; a one-letter flag may have it attached. An unknown flag is reported at its place, with the
 * nearest known one. Pure.
 */
import type { Diagnostic, Place } from "../../diag/diagnostic.ts";
import { closest } from "../../std/text/edit-distance.ts";

export interface FlagWord {
  /** Its long name: `--selector`. */
  readonly flag: string;
  /** Absent: a flag that needs none, alone. */
  readonly value?: string;
  /** The items as written. */
  readonly words: readonly string[];
  readonly at?: Place | undefined;
}

const switches = {
  global: ["--disable-compression", "--insecure-skip-tls-verify", "--match-server-version", "--warnings-as-errors"],
  apply: [
    "--all",
    "--allow-missing-template-keys",
    "--force",
    "--force-conflicts",
    "--openapi-patch",
    "--overwrite",
    "--prune",
    "--recursive",
    "--server-side",
    "--show-managed-fields",
    "--wait",
  ],
  delete: [
    "--all",
    "--all-namespaces",
    "--force",
    "--ignore-not-found",
    "--interactive",
    "--now",
    "--recursive",
    "--wait",
  ],
} as const;
/** Flags whose value is optional. */
const withDefault = ["--cascade", "--dry-run", "--validate"];
const withValue = {
  global: [
    "--as",
    "--as-group",
    "--as-uid",
    "--as-user-extra",
    "--cache-dir",
    "--certificate-authority",
    "--client-certificate",
    "--client-key",
    "--cluster",
    "--context",
    "--kubeconfig",
    "--kuberc",
    "--log-flush-frequency",
    "--namespace",
    "--password",
    "--profile",
    "--profile-output",
    "--request-timeout",
    "--server",
    "--tls-server-name",
    "--token",
    "--user",
    "--username",
    "--v",
    "--vmodule",
  ],
  apply: [
    "--applyset",
    "--field-manager",
    "--filename",
    "--grace-period",
    "--kustomize",
    "--output",
    "--prune-allowlist",
    "--prune-whitelist",
    "--selector",
    "--subresource",
    "--template",
    "--timeout",
  ],
  delete: [
    "--field-selector",
    "--filename",
    "--grace-period",
    "--kustomize",
    "--output",
    "--raw",
    "--selector",
    "--timeout",
  ],
} as const;
const letters: Readonly<Record<string, string>> = {
  A: "--all-namespaces",
  f: "--filename",
  i: "--interactive",
  k: "--kustomize",
  l: "--selector",
  n: "--namespace",
  o: "--output",
  R: "--recursive",
  s: "--server",
  v: "--v",
};

export function kubectlWords(
  items: readonly string[],
  of: "apply" | "delete",
  report: (diagnostic: Diagnostic) => void,
  places: readonly Place[] = [],
): FlagWord[] {
  const plain: readonly string[] = [...switches.global, ...switches[of]];
  const valued: readonly string[] = [...withValue.global, ...withValue[of]];
  const known = [...plain, ...withDefault, ...valued];
  const found: FlagWord[] = [];
  for (let i = 0; i < items.length; i++) {
    const item = items[i] ?? "";
    const at = places[i];
    const [flag, inline] = split(item);
    const place = at === undefined ? {} : { at };
    if (!known.includes(flag)) {
      const near = closest(flag, known);
      const suggestion = near === undefined ? {} : { suggestion: `did you mean ${near}?` };
      report({ severity: "error", message: `kubectl ${of} has no flag ${flag}`, ...place, ...suggestion });
      continue;
    }
    if (!valued.includes(flag))
      found.push({ flag, ...(inline === undefined ? {} : { value: inline }), words: [item], ...place });
    else if (inline !== undefined) found.push({ flag, value: inline, words: [item], ...place });
    else {
      const value = items[++i];
      if (value === undefined) report({ severity: "error", message: `${flag} needs a value`, ...place });
      else found.push({ flag, value, words: [item, value], ...place });
    }
  }
  return found;
}

/** The long flag and the value in the same item. */
function split(item: string): [string, string | undefined] {
  const short = /^-(\w)(?:=?(.*))$/s.exec(item);
  const long = short ? letters[short[1] ?? ""] : undefined;
  if (short && long !== undefined) return [long, short[2] === "" ? undefined : short[2]];
  const equals = item.indexOf("=");
  return equals < 0 ? [item, undefined] : [item.slice(0, equals), item.slice(equals + 1)];
}
