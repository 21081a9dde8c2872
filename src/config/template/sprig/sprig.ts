/**
 * The sprig functions for skaffold.yaml templates. `env` and `expandenv` read the given environment, never the
 * process's own; the caller's lookup records which variables were read.
 */
import type { TemplateFunction } from "../value.ts";
import { fixed, text } from "./arguments.ts";
import { dates } from "./dates.ts";
import { encodings } from "./encodings.ts";
import { flow } from "./flow.ts";
import { letterCase } from "./letter-case.ts";
import { lists } from "./lists.ts";
import { numbers } from "./numbers.ts";
import { paths } from "./paths.ts";
import { regex } from "./regex.ts";
import { secrets } from "./secrets.ts";
import { semver } from "./semver.ts";
import { strings } from "./strings.ts";
import { urls } from "./urls.ts";

export function sprig(environment: (name: string) => string | undefined): ReadonlyMap<string, TemplateFunction> {
  return new Map<string, TemplateFunction>([
    ...strings,
    ...letterCase,
    ...lists,
    ...numbers,
    ...flow,
    ...encodings,
    ...paths,
    ...regex,
    ...urls,
    ...semver,
    ...dates,
    ...secrets,
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
