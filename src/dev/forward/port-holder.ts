/**
 * The process that listens on a local port, from the kernel's own tables. Linux only, and only processes that the user
 * may see: otherwise the answer is undefined.
 */
import { readdir, readFile, readlink } from "node:fs/promises";

const listening = "0A";

/** Such as `node (pid 4711)`; undefined where it is unknown. */
export async function portHolder(port: number): Promise<string | undefined> {
  const sockets = new Set<string>();
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"])
    for (const inode of inodesOf(await readFile(table, "utf8").catch(() => ""), port)) sockets.add(`socket:[${inode}]`);
  if (sockets.size === 0) return undefined;
  for (const pid of (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name))) {
    if (!(await holdsAny(pid, sockets))) continue;
    const name = (await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "")).trim();
    return `${name || "a process"} (pid ${pid})`;
  }
  return undefined;
}

/** Inodes of the listening sockets on the port, from a table of the kernel. */
export function inodesOf(table: string, port: number): string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  return table
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => state === listening && local?.endsWith(`:${hex}`))
    .map((fields) => fields[9] ?? "")
    .filter((inode) => inode !== "" && inode !== "0");
}

async function holdsAny(pid: string, sockets: ReadonlySet<string>): Promise<boolean> {
  const folder = `/proc/${pid}/fd`;
  const descriptors = await readdir(folder).catch(() => []);
  const targets = await Promise.all(descriptors.map((fd) => readlink(`${folder}/${fd}`).catch(() => "")));
  return targets.some((target) => sockets.has(target));
}
