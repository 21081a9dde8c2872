/** Whatever the text: the upgrade never throws, loses no position, and has nothing left to do the second time. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { samples } from "./corpus.ts";
import { broken, brokenFix } from "./invariants.ts";
import { dice, mutated } from "./mutate.ts";

const anyText = fc
  .record({ sample: fc.constantFrom(...samples), newest: fc.boolean(), seed: fc.integer() })
  .map(({ sample, newest, seed }) => mutated(newest ? sample.newest : sample.old, dice(seed)));

test("mutated samples are upgraded, or refused with a complaint", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(broken(text)).toEqual([]);
    }),
    { numRuns: 2000 },
  );
});

test("the text of mutated samples is fixed once and for all, or left alone", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(brokenFix(text)).toEqual([]);
    }),
    { numRuns: 1000 },
  );
});

test("two samples in one file do not disturb each other", () => {
  fc.assert(
    fc.property(fc.constantFrom(...samples), fc.constantFrom(...samples), (a, b) => {
      expect(broken(`${a.old}---\n${b.old}`)).toEqual([]);
      expect(brokenFix(`${a.old}---\n${b.old}`)).toEqual([]);
    }),
    { numRuns: 100 },
  );
});
