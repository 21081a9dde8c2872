/** The completions of a command for every shell: its flags, and the words in its usage. */
import type { Command } from "../../command/command.ts";
import type { Flag } from "../../command/flags.ts";
import { globalFlags } from "../flag-table.ts";

/** Flags that are not hidden, the command's own first. */
export function offered({ flags }: Command): readonly Flag[] {
  return [...flags, ...globalFlags].filter(({ hidden }) => hidden !== true);
}

export function spellings({ name, short }: Flag): readonly string[] {
  return short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`];
}

export function takesValue({ type }: Flag): boolean {
  return type === "string" || type === "int" || type === "list";
}

/** Lower-case words of the usage: `list`, `get` of `list | get [VERSION]`. */
export function wordsAfter({ usage = "" }: Command): readonly string[] {
  return [...usage.matchAll(/\b[a-z][a-z-]*\b/g)].map(([word]) => word);
}
