/** The graph over the real store: whatever was cut off, the next session goes on from what is true. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { Failure } from "../../src/diag/failure.ts";
import type { Event } from "../../src/event/event.ts";
import { createExecutor } from "../../src/graph/run/run.ts";
import type { Task } from "../../src/graph/task.ts";
import { systemClock } from "../../src/std/clock.ts";
import { openStore } from "../../src/store/store.ts";
import { tempFolder } from "../rig/temp-folder.ts";

type How = "done" | "failed" | "cancelled";

/** One session over a chain with a side branch; tasks end as they are told, and cancelling ends the whole pass. */
async function session(base: string, hows: Readonly<Record<string, How>>) {
  const controller = new AbortController();
  const events: Event[] = [];
  await using store = await openStore({
    cacheDir: join(base, "cache"),
    stateDir: join(base, "state"),
    clock: systemClock,
  });
  await using executor = createExecutor({
    records: store.records("p"),
    durations: store.durations("p"),
    clock: systemClock,
    emit: (event) => events.push(event),
  });
  const act = (id: string, deps: readonly string[]): Task => ({
    id,
    kind: "build",
    mode: "act",
    deps,
    keyParts: (inputs) => ({ id, deps: deps.map((dep) => inputs.digest(dep)) }),
    async run(_inputs, { signal }) {
      const how = hows[id] ?? "done";
      if (how === "failed") throw new Failure(`${id} failed`);
      if (how === "cancelled") controller.abort();
      signal.throwIfAborted();
      return { made: id };
    },
  });
  const tasks = [act("a", []), act("b", ["a"]), act("c", ["b"]), act("side", ["a"]), act("end", ["c", "side"])];
  const result = await executor.pass({ tasks, signal: controller.signal, onFailure: "continue" });
  const ended = events.flatMap((event) =>
    event.type === "task-ended" && event.outcome === "done" ? [event.task] : [],
  );
  return { result, ended };
}

test("after failures and cancellations at any point the next session does what is left, and only that", async () => {
  const how = fc.constantFrom<How>("done", "failed", "cancelled");
  const hows = fc.record({ a: how, b: how, c: how, side: how, end: how });
  await fc.assert(
    fc.asyncProperty(fc.array(hows, { minLength: 1, maxLength: 3 }), async (sessions) => {
      await using folder = await tempFolder();
      const done = new Set<string>();
      for (const each of sessions) {
        const { ended } = await session(folder.path, each);
        for (const id of ended) {
          expect(done).not.toContain(id);
          done.add(id);
        }
      }
      const last = await session(folder.path, {});
      expect(last.result.outcome).toBe("done");
      expect([...done, ...last.ended].sort()).toEqual(["a", "b", "c", "end", "side"]);
      expect(last.result.outputs.get("end")).toEqual({ made: "end" });
    }),
    { numRuns: 60 },
  );
});
