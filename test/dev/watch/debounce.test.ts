import { expect, test } from "bun:test";
import fc from "fast-check";
import { dueAt, ordinaryQuiet } from "../../../src/dev/watch/debounce.ts";

test("one atomic save is acted on after 15 ms", () => {
  expect(dueAt(100, 100)).toBe(115);
  expect(dueAt(100, 102)).toBe(117);
});

test("a burst is waited for longer the longer it lasts, up to the cap", () => {
  expect(dueAt(0, 100)).toBe(150);
  expect(dueAt(0, 600)).toBe(720);
  expect(dueAt(0, 960)).toBe(1000);
  expect(dueAt(0, 1500)).toBe(1500);
});

test("never before the last event, never longer than the cap, never earlier for a longer burst", () => {
  fc.assert(
    fc.property(fc.nat(100_000), fc.nat(5000), fc.nat(5000), (first, a, b) => {
      const [early, late] = [first + Math.min(a, b), first + Math.max(a, b)];
      const due = dueAt(first, late);
      expect(due).toBeGreaterThanOrEqual(late);
      expect(due).toBeLessThanOrEqual(Math.max(late, first + ordinaryQuiet.cap));
      expect(dueAt(first, early)).toBeLessThanOrEqual(due);
    }),
  );
});
