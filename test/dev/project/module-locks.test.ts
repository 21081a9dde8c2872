/** Locks of modules between sessions, with a table of them in memory and a virtual clock. */
import { expect, test } from "bun:test";
import { ModuleLocks } from "../../../src/dev/project/module-locks.ts";
import type { Event } from "../../../src/event/event.ts";
import { virtualClock } from "../../rig/virtual-clock.ts";

const never = new AbortController().signal;
const place = { project: "p", cluster: "c", namespace: "n" };

/** Sessions by their process number, over one table of locks. */
function machine() {
  const held = new Map<string, number>();
  const tried: string[] = [];
  return {
    held,
    tried,
    session(pid: number, takeover = false, end: (pid: number) => void = () => undefined) {
      const clock = virtualClock();
      const events: Event[] = [];
      const locks = new ModuleLocks({
        async tryLock(name) {
          tried.push(name);
          const by = held.get(name);
          if (by !== undefined) return { held: false, pid: by };
          held.set(name, pid);
          return { held: true, lock: { [Symbol.asyncDispose]: async () => void held.delete(name) } };
        },
        takeover,
        end,
        clock,
        emit: (event) => void events.push(event),
      });
      return { locks, clock, events };
    },
  };
}

const refusal = (taking: Promise<void>) => taking.then(() => "taken").catch((thrown: Error) => thrown.message);

test("a module has one session in a place; what a session holds it takes once, and keeps to its end", async () => {
  const { held, tried, session } = machine();
  const first = session(1).locks;
  await first.take([{ ...place, modules: ["web", "api"] }], never);
  await first.take([{ ...place, modules: ["api", "jobs"] }], never);
  expect(held.size).toBe(3);
  expect(tried).toHaveLength(3);
  const second = session(2).locks;
  expect(await refusal(second.take([{ ...place, modules: ["api", "own"] }], never))).toBe(
    "process 1 is already running dev for the module api of this project in the namespace n",
  );
  await second.take([{ ...place, namespace: "other", modules: ["api"] }], never);
  await first[Symbol.asyncDispose]();
  expect(held.size).toBe(1);
  expect(await refusal(second.take([{ ...place, modules: ["api"] }], never))).toBe("taken");
});

test("where one of several is another's, none is kept that was not held before", async () => {
  const { held, session } = machine();
  await session(1).locks.take([{ ...place, modules: ["middle"] }], never);
  const second = session(2).locks;
  await second.take([{ ...place, modules: ["alone"] }], never);
  const before = held.size;
  expect(await refusal(second.take([{ ...place, modules: ["a", "alone", "middle", "z"] }], never))).toContain(
    "process 1",
  );
  expect(held.size).toBe(before);
});

test("locks of several places are taken together, in one order, or none of them", async () => {
  const { held, tried, session } = machine();
  const [here, there] = [place, { ...place, cluster: "d" }];
  await session(1).locks.take([{ ...there, modules: ["web"] }], never);
  const [theirs = ""] = held.keys();
  const second = session(2).locks;
  const both = [
    { ...there, modules: ["web", "edge"] },
    { ...here, modules: ["web"] },
  ];
  expect(await refusal(second.take(both, never))).toContain("for the module web of this project");
  expect([...held.keys()]).toEqual([theirs]);
  const order = tried.slice(1);
  expect([order.length, order.at(-1)]).toEqual([3, theirs]);
  held.clear();
  expect(await refusal(second.take(both.toReversed(), never))).toBe("taken");
  expect(held.size).toBe(3);
  expect(tried.slice(4)).toEqual(order);
});

test("two takings at once do not stand in each other's way", async () => {
  const { session } = machine();
  const { locks } = session(1);
  const both = [
    locks.take([{ ...place, modules: ["web"] }], never),
    locks.take([{ ...place, modules: ["web"] }], never),
  ];
  expect(await Promise.all(both.map(refusal))).toEqual(["taken", "taken"]);
});

test("with a takeover the other session is ended once, and waited for", async () => {
  const { held, session } = machine();
  const first = session(1).locks;
  await first.take([{ ...place, modules: ["web"] }], never);
  const ended: number[] = [];
  const { locks, clock, events } = session(2, true, (pid) => void ended.push(pid));
  const taking = refusal(locks.take([{ ...place, modules: ["web"] }], never));
  await clock.advance(1000);
  expect(ended).toEqual([1]);
  await first[Symbol.asyncDispose]();
  await clock.advance(200);
  expect(await taking).toBe("taken");
  expect([...held.values()]).toEqual([2]);
  expect(events).toHaveLength(1);
});

test("one that does not end is told after a while; a cancelled wait ends at once", async () => {
  const { session } = machine();
  await session(1).locks.take([{ ...place, modules: ["web"] }], never);
  const { locks, clock } = session(2, true);
  const taking = refusal(locks.take([{ ...place, modules: ["web"] }], never));
  await clock.advance(91_000);
  expect(await taking).toBe("process 1 did not end within 90 s");
  const stop = new AbortController();
  const waiting = refusal(locks.take([{ ...place, modules: ["web"] }], stop.signal));
  await clock.advance(500);
  stop.abort(new Error("the session ends"));
  expect(await waiting).toBe("the session ends");
});
