/**
 * Symbolic links in the path of a COPY source: BuildKit follows them inside the context, so their targets count as
 * well. Links further down in a copied directory are copied as links and not followed.
 */
import { lstat, readdir, readlink } from "node:fs/promises";
import { join, posix } from "node:path";
import { componentMatcher, hasWildcard } from "../../../std/go/go-match.ts";
import { type ContextPattern, contextPattern, splitPath } from "./context-pattern.ts";

const mostLinks = 64;

/** The links in a pattern's path (which count as links) and their targets as patterns. */
export interface Followed {
  /** Paths of the links, relative to the context. */
  readonly links: readonly string[];
  readonly targets: readonly ContextPattern[];
}

/** Reads the present context. A directory is listed only where the pattern has a wildcard in it. */
export async function followLinks(root: string, pattern: ContextPattern): Promise<Followed> {
  const links = new Set<string>();
  const targets = new Map<string, ContextPattern>();
  const queue: (readonly string[])[] = [pattern.components];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    for (const { link, rest } of await linksOn(root, [], next, pattern.wildcards)) {
      if (links.size >= mostLinks) break;
      links.add(link);
      const target = await readlink(join(root, link)).catch(() => undefined);
      if (target === undefined) continue;
      const full = splitPath(
        posix.join(target.startsWith("/") ? target : posix.join("/", posix.dirname(link), target), ...rest),
      );
      const key = full.join("/");
      if (targets.has(key)) continue;
      targets.set(key, contextPattern(key, pattern.line, pattern.wildcards));
      queue.push(full);
    }
  }
  return { links: [...links], targets: [...targets.values()] };
}

/** The first link on every path that the components match, with the components behind it. */
async function linksOn(
  root: string,
  above: readonly string[],
  components: readonly string[],
  glob: boolean,
): Promise<{ link: string; rest: readonly string[] }[]> {
  const [first, ...rest] = components;
  if (first === undefined || first === "**") return [];
  const names = glob && hasWildcard(first) ? await matching(join(root, ...above), first) : [first];
  const found: { link: string; rest: readonly string[] }[] = [];
  for (const name of names) {
    const path = [...above, name];
    const stat = await lstat(join(root, ...path)).catch(() => undefined);
    if (stat?.isSymbolicLink()) found.push({ link: path.join("/"), rest });
    else if (stat?.isDirectory()) found.push(...(await linksOn(root, path, rest, glob)));
  }
  return found;
}

async function matching(directory: string, pattern: string): Promise<string[]> {
  const matches = componentMatcher(pattern);
  return (await readdir(directory).catch(() => [])).filter(matches).sort();
}
