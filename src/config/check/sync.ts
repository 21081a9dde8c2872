/** Checks sync rules: patterns that can never match, and destinations that are probably not the intended ones. */
import { posix } from "node:path";
import type { Diagnostic } from "../../diag/diagnostic.ts";
import type { Artifact, SyncRule } from "../project.ts";

export function checkSync({ sync, builder }: Artifact): Diagnostic[] {
  if (sync?.kind === "manual") return sync.rules.flatMap(checkRule);
  if (sync?.kind === "auto" && sync.on && ["docker", "kaniko", "custom", "ko"].includes(builder.kind))
    return [
      {
        severity: "warning",
        message: `a ${builder.kind === "docker" ? "Dockerfile" : builder.kind} build cannot say by itself what is synced: every change rebuilds`,
        at: sync.at,
        suggestion: 'write infer: ["**/*"] instead of auto',
      },
    ];
  return [];
}

function checkRule({ src, dest, strip, at }: SyncRule): Diagnostic[] {
  if (strip !== "" && !src.startsWith(strip) && !src.startsWith(posix.normalize(strip)))
    return [
      {
        severity: "error",
        message: `strip ${JSON.stringify(strip)} is not the beginning of src ${JSON.stringify(src)}`,
        at,
        suggestion: prefixOf(src) === "" ? "leave strip out" : `write strip: ${JSON.stringify(prefixOf(src))}`,
      },
    ];
  const prefix = prefixOf(src);
  const last = prefix.split("/").at(-2);
  if (strip !== "" || last === undefined || last === "" || posix.basename(dest) !== last) return [];
  return [
    {
      severity: "hint",
      message: `files of ${src} land below ${posix.join(dest, prefix)}: the path in the context is kept`,
      at,
      suggestion: `add strip: ${prefix} for them to land below ${dest}`,
    },
  ];
}

/** The folders before the first wildcard: `src/static/` of `src/static/**`. */
function prefixOf(src: string): string {
  const wild = src.search(/[*?[{\\]/);
  const literal = wild < 0 ? src : src.slice(0, wild);
  return literal.slice(0, literal.lastIndexOf("/") + 1);
}
