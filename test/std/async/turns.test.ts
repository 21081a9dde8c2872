import { expect, test } from "bun:test";
import fc from "fast-check";
import { Turns } from "../../../src/std/async/turns.ts";

test("never more than allowed at once, everybody gets a turn in order, and who is cancelled leaves the line", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.record({ fails: fc.boolean(), cancelled: fc.boolean() }), { maxLength: 12 }),
      fc.array(fc.nat(), { minLength: 1, maxLength: 12 }),
      async (atOnce, callers, choices) => {
        const turns = new Turns(atOnce);
        const running = new Map<number, (fails: boolean) => void>();
        const begun: number[] = [];
        const controllers = callers.map(() => new AbortController());
        const results = callers.map((_, i) =>
          turns
            .take(
              () =>
                new Promise<number>((resolve, reject) => {
                  begun.push(i);
                  running.set(i, (fails) => (fails ? reject(new Error("failed")) : resolve(i)));
                  expect(running.size).toBeLessThanOrEqual(atOnce);
                }),
              controllers[i]?.signal ?? new AbortController().signal,
            )
            .then(
              () => "done",
              (thrown: Error) => thrown.message,
            ),
        );
        for (const [i, { cancelled }] of callers.entries())
          if (cancelled && i >= atOnce) controllers[i]?.abort(new Error("cancelled"));
        await Promise.resolve();
        for (let n = 0; running.size > 0; n++) {
          const ids = [...running.keys()];
          const id = ids[(choices[n % choices.length] ?? 0) % ids.length] ?? 0;
          const end = running.get(id);
          running.delete(id);
          end?.(callers[id]?.fails ?? false);
          await new Promise((resolve) => setImmediate(resolve));
        }
        expect(begun).toEqual([...begun].sort((a, b) => a - b));
        expect(await Promise.all(results)).toEqual(
          callers.map(({ fails, cancelled }, i) =>
            cancelled && i >= atOnce ? "cancelled" : fails ? "failed" : "done",
          ),
        );
      },
    ),
    { numRuns: 200 },
  );
});
