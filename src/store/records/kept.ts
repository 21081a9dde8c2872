/**
 * A value kept together with what it was made from: files and environment variables. It is used again only while all of
 * them are unchanged; nothing else invalidates it. One digest stands for all of them, so that no variable's value can
 * be read from it.
 * Reading is synchronous and opens only the value's file and the files that it was made from, because the usual case
 * only reads.
 */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../../std/data/digest.ts";
import { canonical, isJsonRecord, type Json } from "../../std/data/json.ts";
import { writeAtomic } from "../atomic.ts";
import { isRacy } from "../files/file-stamp.ts";
import { hashFile } from "../files/hash-file.ts";
import { touchSince } from "./active.ts";
import { unwrap, wrap } from "./envelope.ts";

/** The files and variables that a value was made from. A missing file is recorded as missing. */
export interface Grounds {
  readonly files: readonly string[];
  readonly variables: readonly string[];
}

type Variables = Readonly<Record<string, string | undefined>>;

const format = { what: "kept value", version: 1 };

/** @param name any stable text: identifies the value and everything else that it depends on */
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
 * Keeps the value, unless a file was touched so late that it may have been read before the change. A cache that cannot
 * be written keeps nothing.
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
    // The value is made again next time.
  }
}

/** The file of a value, in a folder that the collector scans, beside those of projects. */
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
    // A folder, or a file that cannot be read, counts as a missing file.
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
