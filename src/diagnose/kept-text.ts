/**
 * The effective configuration as it was made before, while nothing that it depends on has changed: the config files, the
 * environment files, the kubeconfig where a profile asks for the context, and the variables that were read. Never kept
 * where it depends on something else: standard input, an address, a clock, chance, a command.
 */

import type { Invocation } from "../command/command.ts";
import { statePaths } from "../command/state-paths.ts";
import { version } from "../command/version.ts";
import { rootConfig } from "../config/load/find.ts";
import type { Diagnostic } from "../diag/diagnostic.ts";
import { systemClock } from "../std/clock.ts";
import { canonical, type Json } from "../std/data/json.ts";
import { keep, readKept } from "../store/records/kept.ts";

/** The text, and the warnings that go with it. */
export interface EffectiveText {
  readonly text: string;
  readonly warnings: readonly Diagnostic[];
  /** Absent where it must not be kept. */
  readonly grounds?: { readonly files: readonly string[]; readonly variables: readonly string[] };
}

/** @throws Failure where there is no config, or `make` throws */
export async function keptOr(
  invocation: Invocation,
  make: () => Promise<EffectiveText>,
): Promise<Omit<EffectiveText, "grounds">> {
  const { env } = invocation;
  const { cacheDir } = statePaths(env);
  const since = systemClock.now();
  const name = nameOf(invocation);
  const kept = name === undefined ? undefined : readKept(cacheDir, name, env, since);
  if (kept !== undefined) return kept as unknown as EffectiveText;
  const { grounds, ...made } = await make();
  const value = made as unknown as Json;
  if (name !== undefined && grounds) await keep(cacheDir, name, { grounds, variables: env, value, since });
  return made;
}

const counted = ["profile", "module", "kube-context", "kubeconfig", "remote-cache-dir", "filename"] as const;
const switches = ["profile-auto-activation", "propagate-profiles", "enable-templating"] as const;

/** Everything but files and variables; undefined for a config that has no path, and for clones that are brought up to date. */
function nameOf({ flags, cwd }: Invocation): string | undefined {
  const file = rootConfig(cwd, flags.text("filename"));
  if (file === "-" || file.includes("://") || flags.text("sync-remote-cache") === "always") return undefined;
  return canonical({
    cwd,
    file,
    by: { ...version() },
    flags: counted.map((flag) => flags.text(flag) ?? flags.list(flag)),
    switches: switches.map((flag) => flags.bool(flag)),
  });
}
