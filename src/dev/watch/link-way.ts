/**
 * The directory entries that decide where a path leads. A path without links is covered by its directory; a path
 * through links leads elsewhere as soon as one of them, or a folder between them, is replaced.
 */
import { lstatSync, readlinkSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { isBelow } from "../../std/text/below.ts";

interface WayEntry {
  /** A real path. */
  readonly directory: string;
  readonly name: string;
}

/** The system's limit. */
const mostLinks = 40;

/**
 * The links on the way to an absolute path, and behind each of them every folder and the end; empty where the path has
 * no link. Ends with the first entry that does not exist. Folders on the way to a link itself are left out.
 * @param kind the kind of a real path, cached for many paths
 */
export function linkWay(path: string, kind: (path: string) => Link = linkAt): readonly WayEntry[] {
  const way: WayEntry[] = [];
  const names = path.split("/");
  let at = "/";
  let from: string | undefined;
  for (let links = 0; names.length > 0; ) {
    const name = names.shift() ?? "";
    if (name === "" || name === ".") continue;
    if (name === "..") {
      at = dirname(at);
      continue;
    }
    const full = join(at, name);
    const found = kind(full);
    const isLink = found.kind === "link";
    const known = from === full || (from !== undefined && isBelow(from, full));
    if (isLink || (from !== undefined && !known)) way.push({ directory: at, name });
    if (found.kind === "absent" || links > mostLinks) return way;
    if (!isLink) {
      at = full;
      continue;
    }
    links++;
    from = at;
    names.unshift(...found.target.split("/"));
    if (isAbsolute(found.target)) at = "/";
  }
  return way;
}

type Link =
  | { readonly kind: "link"; readonly target: string }
  | { readonly kind: "other" }
  | { readonly kind: "absent" };

/** The kind of a path, links not followed. */
function linkAt(path: string): Link {
  try {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return { kind: "absent" };
    return stat.isSymbolicLink() ? { kind: "link", target: readlinkSync(path) } : { kind: "other" };
  } catch {
    return { kind: "absent" };
  }
}

/** As `linkAt`, reading each path once. */
export function linksOnce(): (path: string) => Link {
  const known = new Map<string, Link>();
  return (path) => {
    const found = known.get(path) ?? linkAt(path);
    known.set(path, found);
    return found;
  };
}
