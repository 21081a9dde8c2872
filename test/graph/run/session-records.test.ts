/** Whatever the disk has taken by now, and in whatever order it takes it: the session's records say what was done. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { SessionRecords } from "../../../src/graph/run/session-records.ts";
import { memoryRecords, slowRecords } from "../../rig/graph-session.ts";
import { settle } from "../random-graph.ts";

const name = fc.constantFrom("a", "b");
const step = fc.oneof(
  fc.record({ kind: fc.constant("succeed" as const), task: name, key: name, output: fc.nat(2) }),
  fc.record({ kind: fc.constant("fail" as const), task: name, key: name }),
  fc.record({ kind: fc.constant("write" as const), which: fc.nat() }),
);

test("they are at every moment what they would be with a disk that takes everything at once", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      const { records: disk, waiting } = slowRecords();
      const session = new SessionRecords(disk, () => 0);
      const model = memoryRecords();
      const same = () => {
        for (const task of ["a", "b"]) {
          expect(session.last(task)).toEqual(model.last(task));
          expect(new Set(session.outputs(task))).toEqual(new Set(model.outputs(task)));
          for (const key of ["a", "b"]) {
            expect(session.find(task, key)).toEqual(model.find(task, key));
            expect(session.failed(task, key)).toBe(model.failed(task, key));
          }
        }
      };
      for (const each of steps) {
        if (each.kind === "write") waiting.splice(each.which % Math.max(1, waiting.length), 1)[0]?.();
        else {
          const { task, key } = each;
          const success = {
            task,
            key,
            parts: { key },
            output: `${task} ${key} ${"output" in each ? each.output : 0}`,
            seconds: 1,
          };
          const records =
            each.kind === "succeed"
              ? [session.succeed(success), model.succeed(success)]
              : [session.fail(task, key), model.fail(task, key)];
          expect(records).toHaveLength(2);
        }
        await settle();
        same();
      }
      const written = session.written();
      while (waiting.length > 0) {
        waiting.shift()?.();
        await settle();
      }
      await written;
      same();
      for (const task of ["a", "b"]) expect(disk.last(task)).toEqual(model.last(task));
    }),
    { numRuns: 200 },
  );
});

test("what the disk refuses is known for the session, the newest few of each task", async () => {
  const { records: disk, waiting } = slowRecords(true);
  const session = new SessionRecords(disk, () => 0);
  const keys = Array.from({ length: 12 }, (_, i) => `${i}`);
  const kept = keys.map((key) => session.succeed({ task: "t", key, parts: { key }, output: key, seconds: 1 }));
  for (const _ of keys) {
    await settle();
    waiting.shift()?.();
  }
  await session.written();
  expect(new Set(await Promise.all(kept))).toEqual(new Set([false]));
  expect(keys.filter((key) => session.find("t", key) !== undefined)).toEqual(keys.slice(-8));
  expect(session.last("t")?.parts).toEqual({ key: "11" });
});
