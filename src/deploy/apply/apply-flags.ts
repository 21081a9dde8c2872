/**
 * The flags of `deploy.kubectl.flags` that devloop itself applies. Without `--server-side` the last writer wins, as
 * with kubectl's own apply; with it a field of another manager is an error, unless `--force-conflicts` is given. Any
 * other flag is an error that names it.
 */
import { defaultManager } from "../../cluster/objects/apply.ts";
import type { Diagnostic, Place } from "../../diag/diagnostic.ts";
import { closest } from "../../std/text/edit-distance.ts";

export interface ApplyFlags {
  readonly manager: string;
  /** True: the last writer wins. */
  readonly force: boolean;
  /** False: fields that a kind does not have are accepted. */
  readonly validate: boolean;
}

export interface FlagsSection {
  readonly global: readonly string[];
  readonly apply: readonly string[];
  readonly delete: readonly string[];
  readonly disableValidation: boolean;
  /** Places of the items of `apply`, in order. */
  readonly applyAt: readonly Place[];
}

export const usualFlags: ApplyFlags = { manager: defaultManager, force: true, validate: true };

const known = ["--server-side", "--field-manager", "--force-conflicts", "--validate"];

export function readApplyFlags(section: FlagsSection, report: (diagnostic: Diagnostic) => void): ApplyFlags {
  let [serverSide, forceConflicts] = [false, false];
  let manager = defaultManager;
  let validate = !section.disableValidation;
  const { apply } = section;
  for (let i = 0; i < apply.length; i++) {
    const [flag = "", inline] = split(apply[i] ?? "");
    const at = section.applyAt[i];
    const refuse = (message: string, suggestion?: string) =>
      report({ severity: "error", message, ...(at ? { at } : {}), ...(suggestion ? { suggestion } : {}) });
    const on = () => {
      const value = booleanOf(inline);
      if (value === undefined) refuse(`${flag} is true or false, not ${JSON.stringify(inline)}`);
      return value ?? true;
    };
    if (flag === "--server-side") serverSide = on();
    else if (flag === "--force-conflicts") forceConflicts = on();
    else if (flag === "--validate") {
      if (["false", "ignore", "warn"].includes(inline ?? "")) validate = false;
      else if (![undefined, "true", "strict"].includes(inline))
        refuse(`--validate is strict, warn or ignore, not ${inline}`);
    } else if (flag === "--field-manager") {
      // As on a command line, the value may be the next item.
      const value = inline ?? apply[++i];
      if (value) manager = value;
      else refuse("--field-manager needs a name", "write --field-manager=NAME");
    } else {
      const near = closest(flag, known);
      refuse(
        `kubectl's flag ${flag} is not supported yet`,
        near ? `did you mean ${near}?` : `supported are ${known.join(", ")}`,
      );
    }
  }
  for (const [name, flags] of [["global", section.global] as const, ["delete", section.delete] as const])
    if (flags[0] !== undefined)
      report({ severity: "error", message: `deploy.kubectl.flags.${name} is not supported yet: ${flags[0]}` });
  return { manager, force: !serverSide || forceConflicts, validate };
}

function split(flag: string): [string, string | undefined] {
  const equals = flag.indexOf("=");
  return equals < 0 ? [flag, undefined] : [flag.slice(0, equals), flag.slice(equals + 1)];
}

function booleanOf(text: string | undefined): boolean | undefined {
  if (text === undefined || text === "true" || text === "1") return true;
  return text === "false" || text === "0" ? false : undefined;
}
