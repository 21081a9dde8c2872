#!/usr/bin/env bun
/**
 * Random inputs through every parser of what others send, as many as asked for of each:
 * `bun bench/parser-fuzz.ts [COUNT] [SEED] [NAME...]`. Ends with the first input that makes one throw something that its
 * callers do not expect, or that it reads otherwise when it comes in other pieces; it is the same for the same seed. The
 * memory that is in use must stay flat.
 */
import { archives } from "./fuzz/archives.ts";
import { randomFrom } from "./fuzz/random.ts";
import { streams } from "./fuzz/streams.ts";
import type { Target } from "./fuzz/target.ts";
import { texts } from "./fuzz/texts.ts";

const targets: readonly Target[] = [...streams, ...archives, ...texts];
const count = Number(process.argv[2] ?? 1_000_000);
const seed = Number(process.argv[3] ?? 1);
const names = process.argv.slice(4);
const unknown = names.find((name) => !targets.some((target) => target.name === name));
if (!Number.isInteger(count) || !Number.isInteger(seed) || unknown !== undefined) {
  console.error(`usage: parser-fuzz.ts [COUNT] [SEED] [${targets.map(({ name }) => name).join(" | ")}]...`);
  process.exit(2);
}

/** More than the runtime's own noise, and less than a byte for each input. */
const mostGrowth = 32 << 20;

function inUse(): number {
  Bun.gc(true);
  return process.memoryUsage().heapUsed;
}

for (const { name, run } of targets) {
  if (names.length > 0 && !names.includes(name)) continue;
  const started = performance.now();
  const random = randomFrom(seed);
  const warm = Math.min(count, 20_000);
  let before = 0;
  for (let i = 0; i < count; i++) {
    if (i === warm) before = inUse();
    try {
      await run(random);
    } catch (thrown) {
      console.error(`${name}: number ${i} of seed ${seed}:`, thrown);
      process.exit(1);
    }
  }
  const growth = before === 0 ? 0 : inUse() - before;
  const each = (((performance.now() - started) / count) * 1000).toFixed(1);
  console.log(
    `${name.padEnd(16)} ${count} inputs, ${each} us each, memory ${(growth / (1 << 20)).toFixed(1)} MiB, seed ${seed}`,
  );
  if (growth > mostGrowth) {
    console.error(`${name}: the memory in use has grown`);
    process.exit(1);
  }
}
