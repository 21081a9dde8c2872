/** The effective configuration of a project, loaded now, and the files and variables that it depends on. */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { resolve } from "node:path";
import { kubeconfigFiles } from "../cluster/connect/kubeconfig.ts";
import type { Invocation } from "../command/command.ts";
import { loadToRead } from "../command/project.ts";
import { effectiveYaml } from "../config/effective/print.ts";
import type { Loaded } from "../config/load/load.ts";
import type { EffectiveText } from "./kept-text.ts";

/** @throws Failure with all errors of the configuration; files that it names may be missing */
export async function makeEffectiveText(invocation: Invocation): Promise<EffectiveText> {
  const loaded = await loadToRead(invocation);
  const { project, environment, diagnostics } = loaded;
  const { files, modules } = project;
  const text = yamlOf(loaded, invocation);
  const paths = modules.every(({ file }) => file.startsWith("/"));
  if (!paths || files.some(isVolatile)) return { text, warnings: diagnostics };
  const { flags, env, cwd } = invocation;
  const kubeconfigs = kubeconfigFiles(flags.text("kubeconfig"), env).map((file) => resolve(cwd, file));
  const grounds = {
    files: [...files, ...kubeconfigs],
    variables: [...new Set(["HOME", "KUBECONFIG", ...environment.read()])].sort(),
  };
  return { text, warnings: diagnostics, grounds };
}

export function yamlOf({ modules, environment }: Loaded, { flags, env }: Invocation): string {
  const home = env.HOME ?? homedir();
  return effectiveYaml(modules, { home, environment, templates: flags.bool("enable-templating") });
}

/** Functions of templates whose result may differ between calls. */
const volatile = /\b(?:now|ago|cmd|uuidv4|shuffle|bcrypt|htpasswd|encryptAES|getHostByName|rand\w+|gen[A-Z]\w+)\b/;

/**
 * Whether the file may call such a function. Any occurrence of a name counts, because a false answer would be wrong and
 * a true one only slower.
 */
function isVolatile(file: string): boolean {
  try {
    const text = readFileSync(file, "utf8");
    return text.includes("{{") && volatile.test(text);
  } catch {
    return false;
  }
}
