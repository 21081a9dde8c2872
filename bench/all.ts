#!/usr/bin/env bun
/**
 * Every benchmark, one after the other, each in a process of its own: `bun run bench`, or `bun run bench NAME...` for
 * some of them. Needs `dist/devloop` and a cluster as the end-to-end tests do; one that fails does not stop the others.
 */
import { join } from "node:path";

/** From those that need nothing to those that need a cluster. */
const all = [
  "start",
  "config",
  "diagnose",
  "store",
  "files",
  "cluster",
  "sync",
  "forward",
  "ko",
  "kaniko",
  "dev",
] as const;

const asked = process.argv.slice(2);
const unknown = asked.find((name) => !all.some((known) => known === name));
if (unknown !== undefined) {
  console.error(`there is no benchmark ${unknown}; there are: ${all.join(", ")}`);
  process.exit(2);
}
let failed = 0;
for (const name of all) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  console.log(`\n== ${name}`);
  const child = Bun.spawn([process.execPath, join(import.meta.dir, `${name}.ts`)], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  if ((await child.exited) !== 0) failed++;
}
process.exitCode = failed === 0 ? 0 : 1;
