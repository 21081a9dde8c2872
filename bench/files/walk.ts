/** The floor of every look at a tree: names and statuses, and nothing else. As a program: `bun bench/files/walk.ts ROOT`. */
import { lstatSync, readdirSync } from "node:fs";

export function walk(root: string): void {
  const stack = [root];
  for (let dir = stack.pop(); dir !== undefined; dir = stack.pop())
    for (const name of readdirSync(dir)) {
      const path = `${dir}/${name}`;
      if (lstatSync(path).isDirectory()) stack.push(path);
    }
}

if (import.meta.main) walk(process.argv[2] ?? ".");
