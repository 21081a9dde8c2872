/**
 * One part of a build context that a build reads: the source of a COPY, an ADD or a bind mount, as a pattern over path
 * components. A matched directory counts with everything below.
 */
import { posix } from "node:path";
import { componentMatcher, hasWildcard } from "../../../std/go/go-match.ts";
import type { Part } from "../../builder.ts";
import { pathMatcher } from "./ignore-patterns.ts";

export interface ContextPattern {
  /** Components relative to the context; empty for the whole context. */
  readonly components: readonly string[];
  readonly wildcards: boolean;
  /** Line of the Dockerfile that reads it. */
  readonly line: number;
  part(components: readonly string[]): Part;
}

/** @param glob false for bind mounts, whose source is a plain path */
export function contextPattern(source: string, line: number, glob = true): ContextPattern {
  const components = splitPath(source);
  const wildcards = glob && components.some(hasWildcard);
  if (wildcards && components.includes("**")) return doubleStar(components, line);
  const matchers = components.map((c) => (glob ? componentMatcher(c) : (other: string) => other === c));
  return {
    components,
    wildcards,
    line,
    part(path) {
      const shared = Math.min(path.length, matchers.length);
      for (let i = 0; i < shared; i++) if (!matchers[i]?.(path[i] ?? "")) return "out";
      return path.length >= matchers.length ? "in" : "parent";
    },
  };
}

/** Components of a path that is taken as rooted at the context; parts that lead out of it are removed. */
export function splitPath(path: string): string[] {
  return posix
    .join("/", path)
    .split("/")
    .filter((c) => c !== "");
}

/**
 * `**` as one component. Plain COPY takes it for `*`, COPY with --parents for any depth; here it means any depth for
 * both, because older and newer frontends differ.
 */
function doubleStar(components: readonly string[], line: number): ContextPattern {
  const matches = pathMatcher(components.join("/"));
  const fixed = components.slice(0, components.findIndex(hasWildcard));
  return {
    components,
    wildcards: true,
    line,
    part(path) {
      for (let i = 0; i < Math.min(path.length, fixed.length); i++) if (path[i] !== fixed[i]) return "out";
      for (let n = 1; n <= path.length; n++) if (matches(path.slice(0, n).join("/"))) return "in";
      return "parent";
    },
  };
}
