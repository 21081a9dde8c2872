import { expect, test } from "bun:test";
import { stallAfter } from "../../../src/std/bytes/stall.ts";
import { settledWithin } from "../../../src/std/text/at-most.ts";
import { virtualClock } from "../../rig/virtual-clock.ts";

test("what moves now and then may take as long as it needs; what stands still is told of after a while", async () => {
  const clock = virtualClock();
  using stall = stallAfter(1000, clock);
  for (let i = 0; i < 10; i++) {
    await clock.advance(900);
    stall.moved();
  }
  stall.moved(500);
  await clock.advance(1400);
  expect(stall.signal.aborted).toBe(false);
  await clock.advance(100);
  expect(stall.signal.aborted).toBe(true);
});

test("work that has ended is watched no longer", async () => {
  const clock = virtualClock();
  const { signal } = (() => {
    using stall = stallAfter(1000, clock);
    return stall;
  })();
  await clock.settle();
  expect(clock.sleepers).toBe(0);
  await clock.advance(2000);
  expect(signal.aborted).toBe(false);
});

test("a wait is left after its time, and leaves no sleeper behind", async () => {
  const clock = virtualClock();
  expect(await settledWithin(Promise.resolve(), 100, clock)).toBe(true);
  expect(await settledWithin(Promise.reject(new Error("told elsewhere")), 100, clock)).toBe(true);
  await clock.settle();
  expect(clock.sleepers).toBe(0);
  const left = settledWithin(new Promise(() => undefined), 100, clock);
  await clock.advance(100);
  expect(await left).toBe(false);
});
