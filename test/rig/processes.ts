/** What runs on this machine, from /proc: what a program has left behind when it has ended. */
import { readdir, readFile } from "node:fs/promises";

/** The process's children, theirs, and so on. */
export async function descendants(pid: number): Promise<number[]> {
  const children = (await read(pid, `task/${pid}/children`)).split(" ").filter(Boolean).map(Number);
  return [...children, ...(await Promise.all(children.map(descendants))).flat()];
}

/** Those of the processes that run; one that has ended and is not yet waited for by its parent does not. */
export async function living(pids: readonly number[]): Promise<number[]> {
  const states = await Promise.all(pids.map((pid) => read(pid, "stat")));
  return pids.filter((_, i) => /^\d+ \(.*\) [^ZX]/s.test(states[i] ?? ""));
}

/** Processes whose command line or environment holds the text. */
export async function processesWith(text: string): Promise<number[]> {
  const all = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    all.map(async (pid) => (await read(pid, "cmdline")).includes(text) || (await read(pid, "environ")).includes(text)),
  );
  return living(all.filter((pid, i) => found[i] && pid !== process.pid));
}

/** Nothing of a process that has just ended. */
async function read(pid: number, file: string): Promise<string> {
  return readFile(`/proc/${pid}/${file}`, "latin1").catch(() => "");
}
