import { expect, test } from "bun:test";
import fc from "fast-check";
import { LogPosition } from "../../../src/cluster/logs/log-position.ts";

interface Line {
  readonly time: string;
  readonly text: string;
}

/** A log whose lines come almost in order of their times: two streams are written side by side. */
const log = fc
  .array(fc.record({ step: fc.integer({ min: 0, max: 700 }), back: fc.integer({ min: 0, max: 400 }) }), {
    maxLength: 80,
  })
  .map((steps) => {
    let now = Date.UTC(2030, 0, 1);
    return steps.map(({ step, back }, i): Line => {
      now += step;
      const at = new Date(Math.max(Date.UTC(2030, 0, 1), now - back)).toISOString();
      return { time: at.replace("Z", "123456Z"), text: String(i) };
    });
  });

/** What a server gives that begins again at a whole second. */
function from(lines: readonly Line[], since: string | undefined): readonly Line[] {
  return since === undefined ? lines : lines.filter(({ time }) => Date.parse(time) >= Date.parse(since));
}

test("cut anywhere and as often as one likes: every line once, in order", () => {
  fc.assert(
    fc.property(log, fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 20 }), (lines, reads) => {
      const position = new LogPosition();
      const got: string[] = [];
      // Each reading takes so many lines before it breaks; the log grows meanwhile, the last one reads to the end.
      for (const [i, take] of [...reads, Number.POSITIVE_INFINITY].entries()) {
        const written = i === reads.length ? lines : lines.slice(0, got.length + take + (i % 3));
        const known = position.known();
        for (const { time, text } of from(written, position.sinceTime()).slice(0, take + (i % 5))) {
          if (known(time)) continue;
          position.note(time);
          got.push(text);
        }
      }
      expect(got).toEqual(lines.map(({ text }) => text));
    }),
    { numRuns: 500 },
  );
});

test("times of any zone, and lines of the same instant", () => {
  const position = new LogPosition();
  expect(position.sinceTime()).toBeUndefined();
  const time = "2030-01-01T02:00:05.5+02:00";
  position.note(time);
  position.note(time);
  expect(position.sinceTime()).toBe("2030-01-01T00:00:04Z");
  const known = position.known();
  expect([known(time), known(time), known(time)]).toEqual([true, true, false]);
});
