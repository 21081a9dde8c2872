#!/usr/bin/env bun
/**
 * Mutated configs through the loader, as many as asked for: `bun bench/config-fuzz.ts [COUNT] [SEED]`. Ends with the
 * first text that makes the loader throw, or that the two readers of YAML disagree about; it is the same for the same
 * seed. Most texts are small: a loader breaks at one place, not at many together.
 */
import { loadProject } from "../src/config/load/load.ts";
import { disagree } from "../test/config/plain-agreement.ts";
import { configFragments, configSample, smallSamples } from "../test/rig/config-sample.ts";

const count = Number(process.argv[2] ?? 1_000_000);
const seed = Number(process.argv[3] ?? 1);
const { signal } = new AbortController();
let state = seed >>> 0;

/** A number below `limit` (xorshift: the same sequence for the same seed). */
function below(limit: number): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % limit;
}

function mutated(): string {
  let text = below(50) === 0 ? configSample : (smallSamples[below(smallSamples.length)] ?? "");
  for (let edits = 1 + below(3); edits > 0; edits--) {
    const at = below(text.length + 1);
    const piece = text.slice(at, at + below(below(2) === 0 ? 3 : 40));
    const put = [
      () => "",
      () => String.fromCharCode(below(0x300)),
      () => configFragments[below(configFragments.length)] ?? "",
      () => "x1 -".charAt(below(4)),
    ][below(4)]?.();
    text = text.slice(0, at) + put + (below(2) === 0 ? piece + piece : "") + text.slice(at + piece.length);
  }
  return text;
}

const started = performance.now();
let projects = 0;
for (let i = 0; i < count; i++) {
  const text = mutated();
  try {
    const options = { cwd: "/nonexistent", file: "-", text, environment: { X: "x", NS: "n" }, command: "dev", signal };
    const { project } = await loadProject({
      ...options,
      checkFiles: false,
      profiles: i % 2 === 0 && text.includes("name: ci") ? ["ci"] : [],
    });
    if (project) projects++;
    if (disagree(text)) throw new Error("the two readers of YAML disagree");
  } catch (thrown) {
    console.error(`number ${i} of seed ${seed} makes the loader throw:`, thrown, `\n${text}`);
    process.exit(1);
  }
}
const seconds = (performance.now() - started) / 1000;
console.log(`${count} texts, ${projects} of them valid, ${((seconds / count) * 1e6).toFixed(0)} us each, seed ${seed}`);
