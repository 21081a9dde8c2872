/**
 * A look again at what changed, and at nothing else: a directory with a changed name in it is listed again, those above
 * it get a new digest, all others stay as they were seen.
 *
 * The result is that of a whole look as long as every path that changed is named, or a directory above it. So a renamed
 * directory is named by its old path and its new one; whoever may have lost an event has to look at everything. A
 * directory that is named by itself is looked at with everything in it.
 */
import { isAbsolute, relative } from "node:path";
import { directoryDescription } from "../files/description.ts";
import { kindOf, statusOf } from "./describe.ts";
import { list, modeAt, verdictOf } from "./listing.ts";
import { type Look, type LookContext, lookOf } from "./look.ts";
import { composedNames } from "./names.ts";
import { counts, keyOf, type Seen } from "./seen.ts";
import { below, finish, knownVerdicts, walk } from "./walk.ts";

/** The changed names of a directory; one that is named itself has no use for what is named below it. */
interface Changes {
  readonly below: Map<string, Changes>;
  whole: boolean;
}

/**
 * @param look whose sources judge every path as those of the context do
 * @param changed absolute paths; those elsewhere than the tree are passed over, files beside it are always asked for
 */
export async function update(context: LookContext, look: Look, changed: Iterable<string>): Promise<Look> {
  const changes: Changes = { below: new Map(), whole: false };
  for (const path of changed) note(changes, relative(context.sources.root, path));
  return lookOf(context, await updated(context, look.seen, changes), look);
}

function note(changes: Changes, path: string): void {
  if (path === "..") return;
  if (path.startsWith("../") || isAbsolute(path)) return;
  let at = changes;
  for (const name of path === "" ? [] : path.split("/")) {
    const next = at.below.get(name) ?? { below: new Map(), whole: false };
    at.below.set(name, next);
    at = next;
  }
  at.whole = true;
}

async function updated(context: LookContext, seen: Seen, changes: Changes): Promise<Seen> {
  if (changes.whole) return walk(context, seen.path, seen);
  if (changes.below.size === 0) return seen;
  const inner = [...changes.below].flatMap(([name, each]) => {
    const directory = each.whole ? undefined : seen.directories.get(name);
    return directory ? [{ name, each, directory }] : [];
  });
  if (inner.length < changes.below.size || !goOn(context, seen, inner)) return listedAgain(context, seen, changes);
  const directories = new Map(seen.directories);
  let { content } = seen;
  const composed = composedNames(seen.listing.names);
  for (const { name, each, directory } of inner) {
    const now = await updated(context, directory, each);
    directories.set(name, now);
    const row = seen.listing.names.indexOf(name);
    const counted = counts(seen.listing.verdicts.charAt(row), now);
    const entry = { description: directoryDescription(modeAt(seen.listing.stamps, row)), directory: now.content };
    const named = composed?.get(name) ?? name;
    content = content.with(named, counted ? { name: named, ...entry } : undefined);
  }
  return { ...seen, directories, content, key: keyOf(seen.listing, directories) };
}

/** Whether directories that hold a change are themselves what they were: their entries then only get new digests. */
function goOn(context: LookContext, seen: Seen, inner: readonly { readonly name: string }[]): boolean {
  return inner.every(({ name }) => {
    const path = below(seen.path, name);
    const mode = statusOf(`${context.sources.root}/${path}`)?.mode ?? 0;
    const row = seen.listing.names.indexOf(name);
    if (kindOf(mode) !== "directory" || modeAt(seen.listing.stamps, row) !== mode) return false;
    return verdictOf(context.sources, path, "directory") === seen.listing.verdicts.charAt(row);
  });
}

async function listedAgain(context: LookContext, seen: Seen, changes: Changes): Promise<Seen> {
  const listing = await list(context.sources, seen.path, knownVerdicts(context, seen), context.turn);
  const directories = new Map<string, Seen>();
  for (const name of listing.directories) {
    const known = seen.directories.get(name);
    const each = changes.below.get(name);
    if (known && each === undefined) directories.set(name, known);
    else if (known && each && !each.whole) directories.set(name, await updated(context, known, each));
    else directories.set(name, await walk(context, below(seen.path, name), known));
  }
  return finish(context, seen.path, listing, directories, seen);
}
