#!/usr/bin/env bun
/**
 * Fails when bun.lock names where a package came from. A lock with an address binds everyone to one registry; with an
 * empty place, each machine asks the registry that it is set up for, and the digest still decides what is accepted.
 */
import { join } from "node:path";

/** Every complaint about the text of a lock, a line each; empty when it names packages, versions and digests alone. */
export function checkLock(text: string): string[] {
  const lock = Bun.JSONC.parse(text) as { packages: Record<string, readonly unknown[]> };
  const placed = Object.entries(lock.packages).flatMap(([name, [, place]]) =>
    typeof place === "string" && place !== "" ? [`${name}: comes from ${place}`] : [],
  );
  const addresses = [...text.matchAll(/"[^"]*:\/\/[^"]*"/g)].map(([address]) => `names the address ${address}`);
  return [...new Set([...placed, ...addresses])];
}

if (import.meta.main) {
  const complaints = checkLock(await Bun.file(join(import.meta.dir, "../bun.lock")).text());
  for (const complaint of complaints) console.error(`bun.lock: ${complaint}`);
  process.exit(complaints.length === 0 ? 0 : 1);
}
