/**
 * Whole sessions at random: saves, renames, reverts, broken configurations and manifests, outages, restarts, prunes and
 * superseded passes. After every calm the containers hold what the workspace holds, nothing was done twice, and every
 * stream that should be open is. A session replays from its seed:
 *
 *     bun test/dev/random-session/play-child.ts SEED 1 2000
 */
import { expect, test } from "bun:test";
import { join } from "node:path";
import type { Played } from "./random-session/session.ts";

const first = Number(process.env.DEVLOOP_TEST_SEED ?? Date.now()) % 1_000_000;

/** In a process of its own, whose clock and files are a session's alone. */
async function played(seed: number, count: number, steps: number): Promise<readonly Played[]> {
  const argv = [
    process.execPath,
    join(import.meta.dir, "random-session/play-child.ts"),
    ...[seed, count, steps].map(String),
  ];
  const child = Bun.spawn(argv, { stdout: "pipe", stderr: "pipe", stdin: "ignore" });
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  expect(await child.exited, err).toBe(0);
  return out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Played);
}

test("after every calm all is as the workspace has it", async () => {
  const all = await played(first, 3, 2000);
  expect(all).toHaveLength(3);
  for (const { seed, problem, last, calms } of all) {
    expect(problem, `seed ${seed}:\n${last.join("\n")}`).toBeUndefined();
    expect(calms).toBeGreaterThan(30);
  }
});

test("a seed gives the same session again", async () => {
  const traces = await Promise.all([1, 2].map(() => played(first, 1, 150)));
  const [[one], [two]] = traces as [[Played], [Played]];
  expect(two.trace).toBe(one.trace);
});
