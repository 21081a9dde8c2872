/**
 * Reads run logs, as far as they are valid: a log of another version counts as missing, and a cut or damaged line is
 * left out.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Stamped } from "../../event/bus.ts";
import { runLogHead } from "./run-log.ts";

export interface PastRun {
  /** Ids sort by time. */
  readonly id: string;
  /** Parts of the log, oldest first; a long run lacks some in between. */
  parts(): Promise<readonly PastPart[]>;
}

export interface PastPart {
  /** Number of the part; the first part of a run is 1. */
  readonly nth: number;
  read(): Promise<readonly Stamped[]>;
}

/** Runs, newest first. A run is a folder of parts; an earlier devloop kept it in one file. */
export async function listRuns(dir: string): Promise<readonly PastRun[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  const runs = entries.flatMap((entry): PastRun[] => {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) return [{ id: entry.name, parts: () => partsOf(path) }];
    if (!entry.name.endsWith(ending)) return [];
    const whole = { nth: 1, read: () => readRun(path) };
    return [{ id: entry.name.slice(0, -ending.length), parts: async () => [whole] }];
  });
  return runs.sort((a, b) => (a.id < b.id ? 1 : -1));
}

const ending = ".log";

async function partsOf(folder: string): Promise<readonly PastPart[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => ({ nth: Number.parseInt(name, 10), read: () => readRun(join(folder, name)) }));
}

/** The events of a log, in the order of writing. */
export async function readRun(path: string): Promise<readonly Stamped[]> {
  const text = await readFile(path, "utf8").catch(() => "");
  const [head, ...lines] = text.split("\n");
  if (head !== runLogHead) return [];
  return lines.flatMap((line) => {
    const stamped = eventOf(line);
    return stamped === undefined ? [] : [stamped];
  });
}

function eventOf(line: string): Stamped | undefined {
  if (line === "") return undefined;
  try {
    const parsed = JSON.parse(line) as Partial<Stamped>;
    return typeof parsed.at === "number" && typeof parsed.event?.type === "string" ? (parsed as Stamped) : undefined;
  } catch {
    return undefined;
  }
}
