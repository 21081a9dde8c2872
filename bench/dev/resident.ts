/** Resident memory of a process and of everything it started, read from `/proc`. */
import { readdir, readFile } from "node:fs/promises";

export interface Resident {
  readonly mebibytes: number;
  readonly processes: number;
}

export async function residentTree(root: number): Promise<Resident> {
  const all = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const status = await Promise.all(all.map((pid) => readFile(`/proc/${pid}/status`, "utf8").catch(() => "")));
  const parents = new Map(all.map((pid, i) => [Number(pid), field(status[i] ?? "", "PPid")]));
  const isOurs = (pid: number | undefined): boolean => pid === root || (!!pid && isOurs(parents.get(pid)));
  const ours = all.flatMap((pid, i) => (isOurs(Number(pid)) ? [field(status[i] ?? "", "VmRSS")] : []));
  return { mebibytes: ours.reduce((sum, kib) => sum + kib, 0) / 1024, processes: ours.length };
}

function field(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0);
}
