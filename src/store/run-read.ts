/**
 * Reads run logs back, as much of them as can be believed: a log of another version is none, a line that was cut or
 * damaged is left out, and the rest counts.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Stamped } from "../event/bus.ts";
import { runLogHead } from "./run-log.ts";

export interface PastRun {
  /** Sorts by time. */
  readonly id: string;
  readonly path: string;
  read(): Promise<readonly Stamped[]>;
}

/** Newest first. */
export async function listRuns(dir: string): Promise<readonly PastRun[]> {
  const names = await readdir(dir).catch(() => []);
  return names
    .filter((name) => name.endsWith(".log"))
    .sort()
    .reverse()
    .map((name) => {
      const path = join(dir, name);
      return { id: name.slice(0, -".log".length), path, read: () => readRun(path) };
    });
}

/** The events of a log, in the order in which they were written. */
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
