/**
 * The effective configuration from an earlier call, while everything that it depends on is unchanged: the config files,
 * the environment files, the kubeconfig where a profile depends on the context, and the variables that were read. It is
 * not kept where it depends on anything else: standard input, an address, the time, random values, a command.
 */

import type { Invocation } from "../command/command.ts";
import { statePaths } from "../command/state-paths.ts";
import { version } from "../command/version.ts";
import { rootConfig } from "../config/load/find.ts";
import type { Diagnostic } from "../diag/diagnostic.ts";
import { systemClock } from "../std/clock.ts";
import { canonical, type Json } from "../std/data/json.ts";
import { keep, readKept } from "../store/records/kept.ts";

/** The text, and its warnings. */
export interface EffectiveText {
  readonly text: string;
  readonly warnings: readonly Diagnostic[];
  /** The files and variables that the text depends on. Absent where it must not be kept. */
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

/**
 * Everything except files and variables that the text depends on; undefined for a config without a path, and for clones
 * that are updated.
 */
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
