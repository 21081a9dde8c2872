/** Plays random sessions and prints what became of each, a JSON line: `bun play-child.ts FIRST-SEED COUNT STEPS`. */
import { begin, clock } from "./still-io.ts";

const [first = 1, count = 1, steps = 2000] = process.argv.slice(2).map(Number);
const { RandomSession } = await import("./session.ts");
for (let seed = first; seed < first + count; seed++) {
  begin(seed);
  console.log(JSON.stringify(await new RandomSession(seed, clock).play(seed, steps)));
}
process.exit(0);
