#!/usr/bin/env bun
/**
 * Mutated configs of every version through the upgrade: `bun bench/upgrade-fuzz.ts [COUNT] [SEED]`. Checks that it
 * never throws, that every node keeps a position in the text, and that there is nothing left to do the second time; of
 * every tenth text also that it can be fixed. Ends with the first text that breaks one of these, the same for a seed.
 */
import { samples } from "../test/config/upgrade/corpus.ts";
import { broken, brokenFix } from "../test/config/upgrade/invariants.ts";
import { dice, mutated } from "../test/config/upgrade/mutate.ts";

const count = Number(process.argv[2] ?? 1_000_000);
const first = Number(process.argv[3] ?? 1);

function complaintsAbout(text: string, withFix: boolean): readonly string[] {
  try {
    return withFix ? [...broken(text), ...brokenFix(text)] : broken(text);
  } catch (thrown) {
    return [thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)];
  }
}

const started = performance.now();
for (let seed = first; seed < first + count; seed++) {
  const roll = dice(seed);
  const sample = samples[roll(samples.length)];
  const text = mutated((roll(4) === 0 ? sample?.newest : sample?.old) ?? "", roll);
  const complaints = complaintsAbout(text, seed % 10 === 0);
  if (complaints.length === 0) continue;
  console.error(`seed ${seed} (${sample?.name}):\n${complaints.join("\n")}\n${text}`);
  process.exit(1);
}
const seconds = (performance.now() - started) / 1000;
console.log(`${count} texts, ${((seconds / count) * 1e6).toFixed(0)} us each, seeds from ${first}`);
