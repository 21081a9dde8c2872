/** The sources of a builder whose section lists them: `dependencies.paths` without `dependencies.ignore`. */
import type { Place } from "../diag/diagnostic.ts";
import { Failure } from "../diag/failure.ts";
import type { SourceSpec } from "./builder.ts";
import { pathList } from "./path-list.ts";

export interface ExplicitPaths {
  readonly paths: readonly string[];
  readonly ignore: readonly string[];
  readonly at: Place;
}

/**
 * @param label the list's name in the configuration: `ko.dependencies.paths`
 * @throws Failure where a path matches nothing
 */
export function explicitPaths(
  { paths, ignore, at }: ExplicitPaths,
  { image, context }: { readonly image: string; readonly context: string },
  label: string,
): SourceSpec {
  const { unmatched, ...list } = pathList(paths, ignore, label);
  const missing = unmatched(context);
  if (missing === undefined) return { root: context, extra: [], rules: [], ...list };
  throw new Failure({
    severity: "error",
    message: `no file matches ${JSON.stringify(missing)} of ${label} of ${image}`,
    at,
    suggestion: `paths are relative to the context, ${context}`,
  });
}
