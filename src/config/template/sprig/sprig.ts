/**
 * The sprig functions that skaffold.yaml templates may use, with `env` and `expandenv` bound to the environment that
 * is given, never to the process's own. Which of them read it is recorded by the caller's lookup.
 */
import type { TemplateFunction } from "../value.ts";
import { fixed, text } from "./arguments.ts";
import { flow } from "./flow.ts";
import { lists } from "./lists.ts";
import { numbers } from "./numbers.ts";
import { strings } from "./strings.ts";

export function sprig(environment: (name: string) => string | undefined): ReadonlyMap<string, TemplateFunction> {
  return new Map<string, TemplateFunction>([
    ...strings,
    ...lists,
    ...numbers,
    ...flow,
    ["env", fixed(1, (name) => environment(text(name)) ?? "")],
    [
      "expandenv",
      fixed(1, (s) =>
        text(s).replace(
          /\$(?:\{(\w+)\}|(\w+))/g,
          (_m, braced?: string, bare?: string) => environment((braced ?? bare) as string) ?? "",
        ),
      ),
    ],
  ]);
}
