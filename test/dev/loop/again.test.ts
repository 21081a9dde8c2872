/** Attempts after failures that may pass, on a virtual clock: when they come, and what ends the wait for them. */
import { expect, test } from "bun:test";
import { Again } from "../../../src/dev/loop/again.ts";
import type { Diagnostic } from "../../../src/diag/diagnostic.ts";
import { virtualClock } from "../../rig/virtual-clock.ts";

const away: Diagnostic = { severity: "error", message: "no answer", passing: true };
const wrong: Diagnostic = { severity: "error", message: "it does not compile" };

function session(answers: (signal: AbortSignal) => Promise<void> = async () => undefined) {
  const clock = virtualClock(0);
  const at: number[] = [];
  const again = new Again({ clock, answers, again: () => void at.push(clock.now()) });
  /** What the loop does with an attempt: a pass that ends at once. */
  const pass = (...failures: Diagnostic[]) => {
    again.begun();
    again.ended(failures);
  };
  return { again, clock, at, pass };
}

test("each attempt in vain makes the next one come later, up to a minute", async () => {
  const { clock, at, pass } = session();
  pass(away);
  for (let i = 1; i <= 9; i++) {
    while (at.length < i) await clock.advance(500);
    pass(away);
  }
  const pauses = at.map((time, i) => time - (at[i - 1] ?? 0));
  expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
});

test("saves that fail meanwhile put an attempt off, and do not make the next one later", async () => {
  const { clock, at, pass } = session();
  for (let i = 0; i < 9; i++) {
    pass(away, wrong);
    await clock.advance(300);
  }
  expect(at).toEqual([]);
  await clock.advance(700);
  expect(at).toEqual([3400]);
});

test("nothing is tried after what will not pass, after a success, or while a newer pass runs", async () => {
  const { again, clock, at, pass } = session();
  pass(wrong);
  pass(away);
  pass();
  pass(away);
  pass(wrong);
  pass(away);
  again.begun();
  await clock.advance(100_000);
  expect(at).toEqual([]);
  expect(clock.sleepers).toBe(0);
});

test("a success makes the first pause the shortest one again", async () => {
  const { clock, at, pass } = session();
  pass(away);
  await clock.advance(1000);
  pass(away);
  await clock.advance(2000);
  pass();
  pass(away);
  await clock.advance(1000);
  expect(at).toEqual([1000, 3000, 4000]);
});

test("an attempt waits until what is needed answers; where asking fails, the attempt itself tells why", async () => {
  const back = Promise.withResolvers<void>();
  const waiting = session(() => back.promise);
  waiting.pass(away);
  await waiting.clock.advance(30_000);
  expect(waiting.at).toEqual([]);
  back.resolve();
  await waiting.clock.settle();
  expect(waiting.at).toEqual([30_000]);
  const failing = session(() => Promise.reject(new Error("no credential")));
  failing.pass(away);
  await failing.clock.advance(1000);
  expect(failing.at).toEqual([1000]);
});

test("the end of the session ends the wait, and nothing is begun after it", async () => {
  const { again, clock, at, pass } = session();
  pass(away);
  again[Symbol.dispose]();
  await clock.advance(10_000);
  expect(at).toEqual([]);
  expect(clock.sleepers).toBe(0);
});
