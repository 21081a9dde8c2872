/**
 * sprig's functions on paths: Go's `path`, and the same functions for the machine's own paths, whose separator is a
 * slash.
 */
import { posix } from "node:path";
import type { TemplateFunction } from "../value.ts";
import { fixed, text } from "./arguments.ts";

const functions: Readonly<Record<string, (path: string) => string | boolean>> = {
  base: (path) => (path === "" ? "." : posix.basename(path.replace(/\/+$/, "")) || "/"),
  dir: (path) => clean(path.slice(0, path.lastIndexOf("/") + 1)),
  clean,
  // The extension begins at the last dot of the last element, even when that dot is its first character.
  ext: (path) => /\.[^./]*$/.exec(path)?.[0] ?? "",
  isAbs: (path) => path.startsWith("/"),
};

export const paths: ReadonlyMap<string, TemplateFunction> = new Map(
  Object.entries(functions).flatMap(([name, change]) => {
    const call = fixed(1, (path) => change(text(path)));
    return [
      [name, call],
      [`os${name.charAt(0).toUpperCase()}${name.slice(1)}`, call],
    ] as const;
  }),
);

function clean(path: string): string {
  const normal = posix.normalize(path);
  return normal.length > 1 ? normal.replace(/\/$/, "") : normal;
}
