/**
 * A value kept beside what it was made from: files, and environment variables. It is given again only while all of them
 * are as they were; there is nothing else to invalidate. One digest stands for everything, so no variable's value can be
 * read from it alone.
 *
 * Reading is all that the usual case does, so it is synchronous and opens nothing but the file and what it depends on.
 */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../../std/data/digest.ts";
import { canonical, isJsonRecord, type Json } from "../../std/data/json.ts";
import { writeAtomic } from "../atomic.ts";
import { isRacy } from "../files/file-stamp.ts";
import { hashFile } from "../files/hash-file.ts";
import { unwrap, wrap } from "./envelope.ts";
import { touchSince } from "./live.ts";

/** What a value was made from. A file that is not there counts as such. */
export interface Grounds {
  readonly files: readonly string[];
  readonly variables: readonly string[];
}

type Variables = Readonly<Record<string, string | undefined>>;

const format = { what: "kept value", version: 1 };

/** @param name any stable text: what the value is of, and everything else that it depends on */
export function readKept(cacheDir: string, name: string, variables: Variables, now: number): Json | undefined {
  const path = pathOf(cacheDir, name);
  try {
    const kept = unwrap(format, readFileSync(path, "utf8"));
    if (!isJsonRecord(kept) || !isList(kept.files) || !isList(kept.variables)) return undefined;
    if (kept.digest !== digestOf({ files: kept.files, variables: kept.variables }, variables)) return undefined;
    touchSince(now, () => now)(path);
    return kept.value;
  } catch {
    return undefined;
  }
}

/**
 * Keeps the value, unless a file was touched so late that nobody can say whether it was read before or after. A cache
 * that cannot be written keeps nothing.
 * @param since when the making of the value began, in milliseconds of the real clock
 */
export async function keep(
  cacheDir: string,
  name: string,
  { grounds, variables, value, since }: { grounds: Grounds; variables: Variables; value: Json; since: number },
): Promise<void> {
  try {
    if (grounds.files.some((file) => touchedSince(file, since))) return;
    const { files, variables: names } = grounds;
    const kept = { files, variables: names, digest: digestOf(grounds, variables), value };
    await writeAtomic(pathOf(cacheDir, name), wrap(format, kept));
  } catch {
    // Made again next time.
  }
}

/** Beside the folders of projects, where the collector looks. */
function pathOf(cacheDir: string, name: string): string {
  return join(cacheDir, "projects", "kept", sha256(name).slice(0, 32));
}

function digestOf({ files, variables: names }: Grounds, variables: Variables): string {
  const contents = files.map((file) => [file, contentOf(file)]);
  const values = names.map((name) => [name, variables[name] ?? null]);
  return sha256(canonical([contents, values]));
}

function contentOf(path: string): string | null {
  try {
    return hashFile(path) ?? null;
  } catch {
    // A folder, or a file that cannot be read: as little to go by as one that is not there.
    return null;
  }
}

function touchedSince(path: string, since: number): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat !== undefined && isRacy(stat, since);
}

function isList(value: Json | undefined): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
