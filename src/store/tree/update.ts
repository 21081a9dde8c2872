/**
 * Updates a snapshot for changed paths only: a directory with a changed name in it is listed again, the directories
 * above it get a new digest, all others stay.
 * The result equals a whole walk as long as every changed path is named, or a directory above it. A rename must
 * therefore name the old path and the new one, and after lost events a whole walk is needed. A directory that is named
 * itself is walked with everything in it.
 */
import { isAbsolute, relative } from "node:path";
import { directoryDescription } from "../files/description.ts";
import { kindOf, statusOf } from "./describe.ts";
import { list, modeAt, verdictOf } from "./listing.ts";
import { composedNames } from "./names.ts";
import { counts, keyOf, type Seen } from "./seen.ts";
import { type Snapshot, type SnapshotContext, snapshotOf } from "./snapshot.ts";
import { below, finish, knownVerdicts, walk } from "./walk.ts";

/** The changed names of a directory. For a name that is changed itself, changes below it are not needed. */
interface Changes {
  readonly below: Map<string, Changes>;
  whole: boolean;
}

/**
 * @param snapshot its sources must judge every path as those of the context do
 * @param changed absolute paths; paths outside of the tree are ignored, files beside the tree are always checked
 */
export async function update(
  context: SnapshotContext,
  snapshot: Snapshot,
  changed: Iterable<string>,
): Promise<Snapshot> {
  const changes: Changes = { below: new Map(), whole: false };
  for (const path of changed) note(changes, relative(context.sources.root, path));
  return snapshotOf(context, await updated(context, snapshot.seen, changes), snapshot);
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

async function updated(context: SnapshotContext, seen: Seen, changes: Changes): Promise<Seen> {
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

/** Whether directories with a change below them are unchanged themselves: their entries then only get new digests. */
function goOn(context: SnapshotContext, seen: Seen, inner: readonly { readonly name: string }[]): boolean {
  return inner.every(({ name }) => {
    const path = below(seen.path, name);
    const mode = statusOf(`${context.sources.root}/${path}`)?.mode ?? 0;
    const row = seen.listing.names.indexOf(name);
    if (kindOf(mode) !== "directory" || modeAt(seen.listing.stamps, row) !== mode) return false;
    return verdictOf(context.sources, path, "directory") === seen.listing.verdicts.charAt(row);
  });
}

async function listedAgain(context: SnapshotContext, seen: Seen, changes: Changes): Promise<Seen> {
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
