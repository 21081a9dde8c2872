#!/usr/bin/env bun
/**
 * An old and a new program in turn, so that a drifting machine hurts both alike: `bun bench/turns.ts OLD [NEW [ROUNDS]]`.
 * NEW is `dist/devloop` unless named. Each has a copy of the example, a project of 200 objects and a tree of 50,000 files
 * of its own. Needs a cluster as the end-to-end tests do.
 *
 * A figure is worse where its median grew by more than 5 % and by more than the range between the old one's quartiles;
 * the exit code is 1 then.
 */
import { join } from "node:path";
import { quartiles } from "./measure.ts";
import { type Contender, contender, type Measured } from "./turns/contender.ts";

const [old, named, count] = process.argv.slice(2);
if (!old) {
  console.error("usage: bun bench/turns.ts OLD [NEW [ROUNDS]]");
  process.exit(2);
}
const rounds = Number(count ?? 15);
const programs = { old, new: named ?? join(import.meta.dir, "../dist/devloop") };

await using stack = new AsyncDisposableStack();
const contenders: Contender[] = [];
for (const [name, program] of Object.entries(programs))
  contenders.push(stack.use(await contender(name, program, 24_503 + 10 * contenders.length)));

const taken = new Map<string, { readonly old: number[]; readonly new: number[] }>();
for (let round = -1; round < rounds; round++) {
  // Who comes first is drawn in turn too: the second finds the machine's caches warmer.
  const order = round % 2 === 0 ? contenders : contenders.toReversed();
  for (const one of order)
    for (const [row, value] of Object.entries(await one.round())) if (round >= 0) note(row, one.name, value);
}
for (const one of contenders) console.log(`${one.name}: ${await one.ended()}`);

function note(row: string, name: string, value: Measured): void {
  const both = taken.get(row) ?? { old: [], new: [] };
  taken.set(row, both);
  both[name === "old" ? "old" : "new"].push(value);
}

let worse = 0;
console.log(`${"".padEnd(46)}${"old".padStart(10)}${"new".padStart(10)}  ratio  old quartiles`);
for (const [row, { old: before, new: after }] of taken) {
  const [low, high] = quartiles(before);
  const [was, is] = [median(before), median(after)];
  const isWorse = is > was * 1.05 && is - was > high - low;
  if (isWorse) worse++;
  const cells = [was, is].map((value) => value.toFixed(1).padStart(10)).join("");
  const range = `${low.toFixed(1)}-${high.toFixed(1)}`;
  console.log(`${row.padEnd(46)}${cells}  ${(is / was).toFixed(2)}x  ${range}${isWorse ? "  WORSE" : ""}`);
}
console.log(worse === 0 ? `nothing is worse, ${rounds} rounds` : `${worse} of ${taken.size} are worse`);
process.exitCode = worse === 0 ? 0 : 1;

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
