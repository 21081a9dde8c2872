/**
 * One path as a tree's record describes it (`hash-tree.ts`), without a walk and without the index: for a file that has
 * just been saved, which no index can know. A test holds the two against each other.
 */
import { lstatSync, readlinkSync } from "node:fs";
import { Failure } from "../diag/failure.ts";
import { hashFile, hashLargeFile, isGone } from "./hash-file.ts";

const largeBytes = 16 * 1024 * 1024;

/** Undefined where nothing is there, or a socket. @throws Failure for what is there and cannot be read */
export async function describePath(path: string): Promise<string | undefined> {
  try {
    const stat = lstatSync(path);
    const bits = (stat.mode & 0o7777).toString(8);
    if (stat.isSocket()) return undefined;
    if (stat.isDirectory()) return `directory ${bits}`;
    if (stat.isSymbolicLink()) return `symlink ${readlinkSync(path)}`;
    if (!stat.isFile()) return `special ${bits}`;
    const digest = stat.size > largeBytes ? await hashLargeFile(path, nextTurn) : hashFile(path);
    return digest === undefined ? undefined : `file ${bits} ${digest}`;
  } catch (thrown) {
    if (isGone(thrown)) return undefined;
    throw new Failure(`cannot read ${path}: ${thrown instanceof Error ? thrown.message : thrown}`);
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
